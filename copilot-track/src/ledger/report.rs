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
    /// operation timed out, or that [`on_delivery_thread`](Self::on_delivery_thread) is `true`. The
    /// remaining events of a flush are then still in `ledger.pending`. Those of a shutdown are in
    /// `ledger.dropped.shutdown` or, with a spool, on disk and in `ledger.pending`. If application
    /// code or the disk blocked the delivery thread until the deadline, the events of a shutdown
    /// are also in `ledger.pending`: the thread drops them, or writes them to the spool, as soon as
    /// it continues.
    pub complete: bool,
    /// Whether the operation was called on the tracker's delivery thread: in a hook, in a
    /// transport, in an event's own code, or in a destructor that runs there. That thread cannot
    /// wait for itself, so the operation returned at once, and `complete` is `false`. A flush or a
    /// sync did nothing. A shutdown begins once the calling code has returned to the delivery
    /// thread's loop.
    pub on_delivery_thread: bool,
}

impl Report {
    pub(crate) fn new(ledger: Ledger, complete: bool) -> Self {
        Self {
            ledger,
            complete,
            on_delivery_thread: false,
        }
    }

    /// Creates the report of an operation that was called on the delivery thread.
    pub(crate) fn from_delivery_thread(ledger: Ledger) -> Self {
        Self {
            ledger,
            complete: false,
            on_delivery_thread: true,
        }
    }

    /// Returns the report of an operation with a first part. `finished` is whether the first part
    /// was finished.
    pub(crate) fn if_finished(self, finished: bool) -> Self {
        Self {
            complete: self.complete && finished,
            ..self
        }
    }

    /// Returns whether every event that the tracker ever emitted was delivered.
    #[must_use]
    pub fn is_all_delivered(&self) -> bool {
        self.complete && self.ledger.is_all_delivered()
    }
}

/// Formats the ledger. If the operation is not complete, `, timed out` or
/// `, called on the delivery thread` follows.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ledger.fmt(f)?;
        f.write_str(match self {
            Self { complete: true, .. } => "",
            Self {
                on_delivery_thread: true,
                ..
            } => ", called on the delivery thread",
            _ => ", timed out",
        })
    }
}
