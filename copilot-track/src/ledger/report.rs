//! What a flush or a shutdown has achieved.

use std::fmt;

use serde::Serialize;

use crate::ledger::counts::Ledger;

/// What a flush or a shutdown has achieved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[must_use = "a report tells whether anything was left behind"]
pub struct Report {
    /// The counts when it was done.
    pub ledger: Ledger,
    /// Whether the fate of every event that was emitted before is known. `false` means that time
    /// ran out: after a flush the rest is in `ledger.pending`, after a shutdown in
    /// `ledger.dropped.shutdown` or, with a spool, on disk and in `ledger.pending`.
    pub complete: bool,
}

impl Report {
    pub(crate) fn new(ledger: Ledger, complete: bool) -> Self {
        Self { ledger, complete }
    }

    /// Whether every event that was ever emitted was delivered.
    #[must_use]
    pub fn is_all_delivered(&self) -> bool {
        self.complete && self.ledger.is_all_delivered()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ledger.fmt(f)?;
        if !self.complete {
            f.write_str(", out of time")?;
        }
        Ok(())
    }
}
