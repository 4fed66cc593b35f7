//! The limits of the queue.

use crate::delivery::queue::overflow_policy::Overflow;

/// The maximum number and size of queued events, and the overflow policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueLimits {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) overflow: Overflow,
}
