//! Room in the queue that a shard has taken ahead.

use crate::delivery::queue::limits::QueueLimits;

/// Room in the queue.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Permits {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

impl Permits {
    /// A shard takes so much room ahead: all threads share what is left, and would wait for each
    /// other if they asked at each event. A small queue gives none away, so its bound is exact.
    pub(super) fn ahead(limits: QueueLimits) -> Self {
        Self {
            events: (limits.events / 4096).min(64),
            bytes: (limits.bytes / 4096).min(64 * 1024),
        }
    }
}
