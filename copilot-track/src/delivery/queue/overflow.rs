//! What happens to an event that comes when the queue is full.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::ledger::counters::Counters;
use crate::ledger::counts::DropReason;
use crate::util::sync::{AtomicBool, AtomicU64, AtomicUsize, Condvar, Mutex, Ordering};

/// What happens to an event that comes when the queue is full; set by
/// [`TrackerBuilder::overflow`](crate::TrackerBuilder::overflow).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Overflow {
    /// It is dropped and counted.
    #[default]
    DropNewest,
    /// The oldest events that wait are dropped and counted, until it fits.
    DropOldest,
    /// The caller waits for room for so long, blocking its thread; then the event is dropped and
    /// counted. For programs that would rather be late than incomplete: in async code this blocks
    /// an executor's thread.
    Block(Duration),
    /// Events stay in memory while they fit; the oldest go to the disk when more than half of the
    /// memory that the queue may take is used, and come back from there when their turn comes. None
    /// is dropped while the [`Spool`](crate::Spool) has room. What is left at
    /// [`shutdown`](crate::Tracker::shutdown) goes to the disk too.
    ///
    /// While the endpoint keeps up, nothing is written; a process that is killed loses what was in
    /// memory ([`sync`](crate::Tracker::sync) writes it down). With a spool and any other policy
    /// each event goes by the disk. A caller that is faster than the disk waits for it, for up to 5
    /// s; one that finds the disk full does not wait: its event is dropped and counted.
    #[cfg(feature = "spool")]
    SpillToDisk,
}

/// How long a caller waits for a disk that is slower than it.
#[cfg(feature = "spool")]
pub(crate) const DISK_PATIENCE: Duration = Duration::from_secs(5);

/// Callers that wait for room.
#[derive(Debug, Default)]
pub(crate) struct Room {
    waiting: AtomicUsize,
    closed: AtomicBool,
    lock: Mutex<()>,
    made: Condvar,
}

impl Room {
    /// Waits until `is_there` or for `timeout`. Says whether there may be room.
    pub(crate) fn wait(&self, timeout: Duration, is_there: impl Fn() -> bool) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        // Counted before the look: whoever makes room after the look sees that someone waits.
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let room = loop {
            if self.closed.load(Ordering::SeqCst) || is_there() {
                break true;
            }
            // Without a deadline, time never runs out.
            let left = deadline.map_or(Duration::from_secs(3600), |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                break false;
            }
            guard = self
                .made
                .wait_timeout(guard, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        };
        drop(guard);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        room
    }

    /// There is room now. Costs a load where nobody waits.
    pub(crate) fn make(&self) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            // Under the lock, so that it does not fall between a look and a wait.
            let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
            self.made.notify_all();
        }
    }

    #[cfg(all(test, not(shuttle)))]
    pub(crate) fn is_awaited(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    /// Nobody waits any more.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.make();
    }
}

/// Times in which events are lost since there is no room: told at their begin and at their end.
#[derive(Debug)]
pub(crate) struct Losses {
    counters: Arc<Counters>,
    reason: DropReason,
    /// What has no room.
    what: &'static str,
    /// Events lost since the last time that all was well.
    lost: AtomicU64,
}

impl Losses {
    pub(crate) fn new(counters: Arc<Counters>, reason: DropReason, what: &'static str) -> Self {
        Self {
            counters,
            reason,
            what,
            lost: AtomicU64::new(0),
        }
    }

    pub(crate) fn count(&self) {
        self.counters.dropped(self.reason, 1);
        if self.lost.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(
                reason = self.reason.name(),
                "the {} is full: copilot events are dropped, and counted in the ledger",
                self.what
            );
        }
    }

    /// The queue has room enough again.
    pub(crate) fn end(&self) {
        if self.lost.load(Ordering::Relaxed) == 0 {
            return;
        }
        let lost = self.lost.swap(0, Ordering::Relaxed);
        tracing::warn!(
            reason = self.reason.name(),
            lost,
            "the {} has room again: no more copilot events are dropped",
            self.what
        );
    }
}
