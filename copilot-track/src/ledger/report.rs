//! The result of a flush, a sync, or a shutdown.

use std::fmt;

use serde::Serialize;

use crate::ledger::counts::Ledger;

/// The result of a flush, a sync, or a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[non_exhaustive]
#[must_use = "a report shows whether events are still undelivered"]
pub struct Report {
    /// The counts when the operation ended.
    pub ledger: Ledger,
    /// Whether the operation covered every event that was emitted before it. `false` means that the
    /// operation timed out. The remaining events of a flush are then still in `ledger.pending`.
    /// Those of a shutdown are in `ledger.dropped.shutdown` or, with a spool, on disk and in
    /// `ledger.pending`.
    pub complete: bool,
}

impl Report {
    pub(crate) fn new(ledger: Ledger, complete: bool) -> Self {
        Self { ledger, complete }
    }

    /// Returns whether every event that the tracker ever emitted was delivered.
    #[must_use]
    pub fn is_all_delivered(&self) -> bool {
        self.complete && self.ledger.is_all_delivered()
    }
}

/// Formats the ledger, followed by `, timed out` if the operation is not complete.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ledger.fmt(f)?;
        if !self.complete {
            f.write_str(", timed out")?;
        }
        Ok(())
    }
}
