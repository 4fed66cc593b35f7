//! Work that must be finished before the tracker is flushed or shut down.

use std::time::Instant;

/// Work that must be finished before the tracker is flushed or shut down, because it can send
/// further events.
pub(crate) trait PendingWork: Send + Sync {
    /// Starts to finish the work. `reply` is called by `deadline`, with whether the work is
    /// finished.
    fn finish(&self, request: FinishRequest);
}

/// A request to finish pending work.
pub(crate) struct FinishRequest {
    pub(crate) deadline: Instant,
    /// Whether the tracker is shut down next.
    pub(crate) is_shutdown: bool,
    pub(crate) reply: Box<dyn FnOnce(bool) + Send>,
}
