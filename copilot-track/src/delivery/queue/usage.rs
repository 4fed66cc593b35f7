//! Tracks how much of the queue is used.

use crate::delivery::queue::limits::QueueLimits;
use crate::util::sync::{AtomicUsize, Ordering};

/// The number and size of the events that were admitted and are not encoded yet.
#[derive(Debug, Default)]
pub(super) struct QueueUsage {
    events: AtomicUsize,
    bytes: AtomicUsize,
}

/// Proof that room for one event was reserved.
#[derive(Clone, Copy)]
pub(super) struct Reservation {
    /// Whether this reservation made the queue half full.
    pub(super) reached_half: bool,
}

impl QueueUsage {
    /// Reserves room for one event. Returns `None` if the queue is full.
    ///
    /// The last event that is admitted may take the total above the byte limit. Otherwise, an event
    /// larger than the limit could never be truncated and sent.
    pub(super) fn try_reserve(&self, size: usize, limits: &QueueLimits) -> Option<Reservation> {
        let events_before = try_add(&self.events, 1, limits.events)?;
        let Some(bytes_before) = try_add(&self.bytes, size, limits.bytes) else {
            self.release(1, 0);
            return None;
        };
        let reached_half = reaches(events_before, 1, limits.events / 2)
            || reaches(bytes_before, size, limits.bytes / 2);
        Some(Reservation { reached_half })
    }

    /// Frees the room that `events` events with a total size of `bytes` bytes took up.
    pub(super) fn release(&self, events: usize, bytes: usize) {
        self.events.fetch_sub(events, Ordering::SeqCst);
        self.bytes.fetch_sub(bytes, Ordering::SeqCst);
    }

    /// Returns whether one more event would be admitted.
    pub(super) fn has_room(&self, limits: &QueueLimits) -> bool {
        self.events.load(Ordering::SeqCst) < limits.events
            && self.bytes.load(Ordering::SeqCst) < limits.bytes
    }

    /// Returns whether at most half of the queue is used.
    pub(super) fn is_at_most_half(&self, limits: &QueueLimits) -> bool {
        self.events.load(Ordering::Relaxed) <= limits.events / 2
            && self.bytes.load(Ordering::Relaxed) <= limits.bytes / 2
    }

    #[cfg(all(test, not(shuttle)))]
    pub(super) fn events(&self) -> usize {
        self.events.load(Ordering::SeqCst)
    }
}

/// Adds `amount` if the counter is below `limit`. Returns the previous count, or `None` if the
/// counter has reached `limit`.
fn try_add(counter: &AtomicUsize, amount: usize, limit: usize) -> Option<usize> {
    let add = |before: usize| (before < limit).then(|| before.wrapping_add(amount));
    counter
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, add)
        .ok()
}

/// Returns whether adding `amount` to `before` reaches `mark`.
fn reaches(before: usize, amount: usize, mark: usize) -> bool {
    before < mark && before.saturating_add(amount) >= mark
}
