//! Room in the queue that a shard has taken ahead.

use crate::delivery::queue::limits::Bounds;

/// Room in the queue.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Credit {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

impl Credit {
    /// A shard takes so much room ahead: all threads share what is left, and would wait for each
    /// other if they asked at each event. A small queue gives none away, so its bound is exact.
    pub(super) fn ahead(bounds: Bounds) -> Self {
        Self {
            events: (bounds.events / 4096).min(64),
            bytes: (bounds.bytes / 4096).min(64 * 1024),
        }
    }
}
