//! Formats error messages.

use std::error::Error;

/// Returns the message of an error, followed by the messages of its sources.
pub(crate) fn message_with_sources(error: &(dyn Error + 'static)) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        message.push_str(": ");
        message.push_str(&error.to_string());
        source = error.source();
    }
    message
}
