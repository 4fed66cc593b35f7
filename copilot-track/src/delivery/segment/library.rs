//! `context.library`, which names this crate on every event.

macro_rules! library {
    () => {
        concat!(
            r#"{"name":"copilot-track","version":""#,
            env!("CARGO_PKG_VERSION"),
            r#""}"#
        )
    };
}

/// On every event, as Segment asks of libraries.
pub(crate) const LIBRARY: &str = library!();

/// The beginning of every event's context.
pub(crate) const CONTEXT: &str = concat!(r#","context":{"library":"#, library!());
