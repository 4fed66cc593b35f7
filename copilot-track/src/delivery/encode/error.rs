//! Why an event is not sent.

use crate::ledger::drop_reason::DropReason;

/// Why an envelope cannot be sent.
#[derive(Debug)]
pub(crate) struct EncodeError {
    pub(crate) reason: DropReason,
    pub(crate) message: String,
}

impl EncodeError {
    pub(crate) fn invalid(why: impl Into<String>) -> Self {
        Self {
            reason: DropReason::Invalid,
            message: why.into(),
        }
    }
}
