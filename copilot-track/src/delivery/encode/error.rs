//! Why an event is not sent.

use crate::ledger::drop_reason::DropReason;

/// Why an envelope cannot be sent.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) reason: DropReason,
    pub(crate) why: String,
}

impl Refusal {
    pub(crate) fn invalid(why: impl Into<String>) -> Self {
        Self {
            reason: DropReason::Invalid,
            why: why.into(),
        }
    }
}
