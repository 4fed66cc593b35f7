//! Callers that wait for room in the queue.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::util::sync::{AtomicBool, AtomicUsize, Condvar, Mutex, Ordering};

/// Callers that wait for room.
#[derive(Debug, Default)]
pub(crate) struct SpaceSignal {
    waiting: AtomicUsize,
    closed: AtomicBool,
    lock: Mutex<()>,
    made: Condvar,
}

impl SpaceSignal {
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
    pub(crate) fn notify(&self) {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            // Under the lock, so that it does not fall between a look and a wait.
            let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
            self.made.notify_all();
        }
    }

    #[cfg(all(test, not(shuttle)))]
    pub(crate) fn has_waiters(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    /// Nobody waits any more.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.notify();
    }
}
