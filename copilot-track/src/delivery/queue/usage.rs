//! Tracks how much of the queue is used.

use crate::delivery::queue::limits::{BYTE_BITS, LARGE_EVENT, QueueLimits};
use crate::util::sync::{AtomicU64, Ordering};

/// The number and size of the events that were admitted and are not encoded yet.
///
/// One word contains both numbers, so a caller reserves room with one atomic operation. The lower
/// [`BYTE_BITS`] bits contain the bytes, and the other bits contain the events. Neither number
/// overflows, because the queue clamps its limits.
#[derive(Debug, Default)]
pub(super) struct QueueUsage(AtomicU64);

/// Proof that room for one event was reserved.
#[derive(Clone, Copy)]
pub(super) struct Reservation {
    /// Whether this reservation made the queue half full.
    pub(super) reached_half: bool,
}

/// The two numbers of a [`QueueUsage`] at a point in time.
#[derive(Clone, Copy)]
struct Used {
    events: u64,
    bytes: u64,
}

impl QueueUsage {
    /// Reserves room for one event. Returns `None` if the queue is full.
    ///
    /// The last event that is admitted may take the total above the byte limit. Otherwise, an event
    /// larger than the limit could never be truncated and sent. Large events are admitted only up
    /// to half of the byte limit.
    pub(super) fn try_reserve(&self, size: usize, limits: &QueueLimits) -> Option<Reservation> {
        let one = pack(1, size);
        let add = |word| Used::of(word).has_room(size, limits).then_some(word + one);
        let before = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, add);
        let before = before.ok()?;
        let (before, after) = (Used::of(before), Used::of(before + one));
        let reached_half = reaches(before.events, after.events, half(limits.events))
            || reaches(before.bytes, after.bytes, half(limits.bytes));
        Some(Reservation { reached_half })
    }

    /// Reserves more bytes for an event that was admitted, even if they take the total above the
    /// limit. Returns whether the bytes made the queue half full.
    pub(super) fn reserve_bytes(&self, bytes: usize, limits: &QueueLimits) -> bool {
        let more = pack(0, bytes);
        let before = self.0.fetch_add(more, Ordering::SeqCst);
        let (before, after) = (Used::of(before), Used::of(before + more));
        reaches(before.bytes, after.bytes, half(limits.bytes))
    }

    /// Frees the room that `events` events with a total size of `bytes` bytes took up.
    pub(super) fn release(&self, events: usize, bytes: usize) {
        self.0.fetch_sub(pack(events, bytes), Ordering::SeqCst);
    }

    /// Returns whether an event of this size would be admitted.
    pub(super) fn has_room(&self, size: usize, limits: &QueueLimits) -> bool {
        Used::of(self.0.load(Ordering::SeqCst)).has_room(size, limits)
    }

    /// Returns whether at most half of the queue is used.
    pub(super) fn is_at_most_half(&self, limits: &QueueLimits) -> bool {
        let used = Used::of(self.0.load(Ordering::Relaxed));
        used.events <= half(limits.events) && used.bytes <= half(limits.bytes)
    }

    #[cfg(all(test, not(shuttle)))]
    pub(super) fn events(&self) -> usize {
        let used = Used::of(self.0.load(Ordering::SeqCst));
        usize::try_from(used.events).unwrap_or(usize::MAX)
    }
}

impl Used {
    fn of(word: u64) -> Self {
        Self {
            events: word >> BYTE_BITS,
            bytes: word & ((1 << BYTE_BITS) - 1),
        }
    }

    fn has_room(self, size: usize, limits: &QueueLimits) -> bool {
        let fits = if size > LARGE_EVENT {
            self.bytes + size as u64 <= half(limits.bytes)
        } else {
            self.bytes < limits.bytes as u64
        };
        fits && self.events < limits.events as u64
    }
}

fn pack(events: usize, bytes: usize) -> u64 {
    ((events as u64) << BYTE_BITS) + bytes as u64
}

fn half(limit: usize) -> u64 {
    limit as u64 / 2
}

/// Returns whether a number that has risen from `before` to `after` has reached `mark`.
fn reaches(before: u64, after: u64, mark: u64) -> bool {
    before < mark && after >= mark
}
