//! The error returned when an event cannot be encoded.

use crate::ledger::drop_reason::DropReason;

/// The reason an event is dropped instead of sent.
#[derive(Debug)]
pub(crate) struct EncodeError {
    pub(crate) reason: DropReason,
    pub(crate) message: String,
}

impl EncodeError {
    pub(crate) fn not_a_message() -> Self {
        Self::invalid(
            "it is not a valid message of the `segment` crate; it may be nested too deeply",
        )
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self {
            reason: DropReason::Invalid,
            message: message.into(),
        }
    }
}
