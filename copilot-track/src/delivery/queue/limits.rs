//! The limits of the queue.

use crate::delivery::queue::overflow_policy::Overflow;
use crate::util::truncation::MAX_QUEUED_TEXT;

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

/// The size, in bytes, above which an event is large. A message whose text was cut to
/// [`MAX_QUEUED_TEXT`] is not large.
///
/// Large events contain something that cannot be cut on the caller's thread, for example a long
/// list. They can usually not be sent. They can take up only half of the queue, and they do not
/// replace other events.
pub(super) const LARGE_EVENT: usize = MAX_QUEUED_TEXT + 4_000;

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

    /// Returns the number of bytes to reserve for an event. The size of an event comes from its own
    /// implementation and can be any number. An empty queue has room for any event.
    pub(super) fn reserved(&self, size: usize) -> usize {
        size.min((self.bytes / 2).max(LARGE_EVENT)).min(self.bytes)
    }
}
