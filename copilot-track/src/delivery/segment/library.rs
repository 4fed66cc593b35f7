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

/// The JSON of `context.library`. Segment asks every library to send this field.
pub(crate) const LIBRARY: &str = library!();

/// The start of the context of every event. The encoder closes the object.
pub(crate) const CONTEXT: &str = concat!(r#","context":{"library":"#, library!());
