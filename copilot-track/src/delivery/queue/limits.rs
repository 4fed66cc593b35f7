//! The limits of the queue.

use crate::delivery::queue::overflow_policy::Overflow;

/// How much may wait in memory, and what happens to further events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueLimits {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) overflow: Overflow,
}
