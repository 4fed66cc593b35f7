//! When batches are sent.

use std::time::Duration;

/// When batches are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchPolicy {
    /// How long after its first event a batch is sent at the latest.
    pub(crate) flush_interval: Duration,
    /// The number of events at which a batch is full.
    pub(crate) flush_at: usize,
    /// The maximum number of batches that are sent at the same time.
    pub(crate) max_in_flight: usize,
}
