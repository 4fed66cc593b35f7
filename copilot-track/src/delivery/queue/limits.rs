//! The limits of the queue.

use crate::delivery::queue::overflow_policy::Overflow;

/// The number of bits in which the queue counts the bytes of its events. The other bits of a
/// 64-bit word count the events.
pub(super) const BYTE_BITS: u32 = 36;

/// The highest limit for events. A higher limit has the same effect.
const MAX_EVENTS: usize = (1 << (u64::BITS - BYTE_BITS)) - 1;

/// The highest limit for bytes. A higher limit has the same effect.
///
/// This is half of the number that [`BYTE_BITS`] bits can represent, because the last event that is
/// admitted may take the total above the limit.
const MAX_BYTES: u64 = (1 << (BYTE_BITS - 1)) - 1;

/// The maximum number and size of queued events, and the overflow policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueLimits {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) overflow: Overflow,
}

impl QueueLimits {
    /// Returns limits that the queue can represent.
    pub(super) fn clamped(self) -> Self {
        Self {
            events: self.events.min(MAX_EVENTS),
            // Where `usize` has 32 bits, the highest limit is `usize::MAX`.
            bytes: self
                .bytes
                .min(usize::try_from(MAX_BYTES).unwrap_or(usize::MAX)),
            overflow: self.overflow,
        }
    }
}
