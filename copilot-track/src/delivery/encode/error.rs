//! The error returned when an event cannot be encoded.

use crate::event::properties::writer::PropertiesError;
use crate::ledger::drop_reason::DropReason;

/// The reason an event is dropped instead of sent.
#[derive(Debug)]
pub(crate) struct EncodeError {
    pub(crate) reason: DropReason,
    pub(crate) message: String,
    /// Whether the event contains a value that is nested too deeply. Such an event must be leaked,
    /// because running its destructor could overflow the stack.
    pub(crate) is_too_deep: bool,
}

impl EncodeError {
    pub(crate) fn not_a_message() -> Self {
        Self::invalid("it is not a valid message of the `segment` crate")
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self {
            reason: DropReason::Invalid,
            message: message.into(),
            is_too_deep: false,
        }
    }
}

impl From<Box<PropertiesError>> for EncodeError {
    fn from(error: Box<PropertiesError>) -> Self {
        Self {
            is_too_deep: error.is_too_deep,
            ..Self::invalid(error.message)
        }
    }
}

impl From<String> for EncodeError {
    fn from(message: String) -> Self {
        Self::invalid(message)
    }
}
