//! Why an event is not sent.

use crate::ledger::drop_reason::DropReason;

/// Why an envelope cannot be sent.
#[derive(Debug)]
pub(crate) struct EncodeError {
    pub(crate) reason: DropReason,
    pub(crate) message: String,
}

impl EncodeError {
    pub(crate) fn not_a_message() -> Self {
        Self::invalid(
            "it cannot be a message of the `segment` crate, e.g. since it is nested too deeply",
        )
    }

    pub(crate) fn invalid(why: impl Into<String>) -> Self {
        Self {
            reason: DropReason::Invalid,
            message: why.into(),
        }
    }
}
