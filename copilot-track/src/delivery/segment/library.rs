//! `context.library`, which identifies this crate in every event.

macro_rules! library {
    () => {
        concat!(
            r#"{"name":"copilot-track","version":""#,
            env!("CARGO_PKG_VERSION"),
            r#""}"#
        )
    };
}

/// The JSON of `context.library`. Segment asks every library to send it.
pub(crate) const LIBRARY: &str = library!();

/// The beginning of every event's context.
pub(crate) const CONTEXT: &str = concat!(r#","context":{"library":"#, library!());
