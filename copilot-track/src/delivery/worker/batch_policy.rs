//! The batch policy.

use std::time::Duration;

/// The rules for when batches are sent and how many are sent at the same time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchPolicy {
    /// The longest time that a batch waits for more events after its first one.
    pub(crate) flush_interval: Duration,
    /// The number of events at which a batch is full.
    pub(crate) flush_at: usize,
    /// The maximum number of batches that are sent at the same time.
    pub(crate) max_in_flight: usize,
}
