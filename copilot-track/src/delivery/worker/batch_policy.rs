//! How batches are cut.

use std::time::Duration;

/// How batches are cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchPolicy {
    /// A batch leaves so long after its first event, if it is not full before.
    pub(crate) flush_interval: Duration,
    /// A batch with so many events is full.
    pub(crate) flush_at: usize,
    /// So many requests are under way at a time.
    pub(crate) max_in_flight: usize,
}
