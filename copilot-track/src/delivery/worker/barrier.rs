//! What the tracker asks of its worker.

use tokio::time::Instant;

use crate::ledger::report::Report;

/// What is to be done with all events so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barrier {
    /// Their fate is known.
    Settled,
    /// They are on disk, or their fate is known.
    OnDisk,
    /// Their fate is known, no more will come, and the worker ends.
    Shutdown,
}

/// What the tracker asks of its worker.
pub(crate) struct BarrierRequest {
    pub(crate) barrier: Barrier,
    pub(crate) deadline: Option<Instant>,
    pub(crate) reply: Box<dyn FnOnce(Report) + Send>,
}

/// Someone who waits for all events that had come to the queue's backlog.
pub(super) struct Waiter {
    /// Their number there.
    pub(super) end: u64,
    /// The number below which all must be settled; with a spool, known once they have come to it.
    pub(super) target: Option<u64>,
    pub(super) request: BarrierRequest,
}
