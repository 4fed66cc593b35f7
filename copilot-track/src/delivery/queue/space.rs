//! Lets callers wait for room in the queue.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::util::sync::{AtomicBool, AtomicUsize, Condvar, Mutex, Ordering};

/// A signal that wakes callers when there is room.
#[derive(Debug, Default)]
pub(crate) struct SpaceSignal {
    waiters: AtomicUsize,
    closed: AtomicBool,
    lock: Mutex<()>,
    changed: Condvar,
}

impl SpaceSignal {
    /// Waits until `is_over` returns `true` or the queue is closed. Returns `false` if the timeout
    /// passes first.
    pub(crate) fn wait(&self, timeout: Duration, is_over: impl Fn() -> bool) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        // The waiter is counted before the check. A thread that makes room afterward therefore
        // knows that there is a waiter.
        self.waiters.fetch_add(1, Ordering::SeqCst);
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let room = loop {
            if self.closed.load(Ordering::SeqCst) || is_over() {
                break true;
            }
            // Without a deadline, each wait lasts at most an hour, and then the loop repeats.
            let left = deadline.map_or(Duration::from_secs(3600), |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                break false;
            }
            guard = self
                .changed
                .wait_timeout(guard, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        };
        drop(guard);
        self.waiters.fetch_sub(1, Ordering::SeqCst);
        room
    }

    /// Wakes the waiters. If there are no waiters, this costs one load.
    pub(crate) fn notify(&self) {
        if self.waiters.load(Ordering::SeqCst) > 0 {
            // Without the lock, a notification between a waiter's check and its wait would be lost.
            let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
            self.changed.notify_all();
        }
    }

    #[cfg(all(test, not(shuttle)))]
    pub(crate) fn has_waiters(&self) -> bool {
        self.waiters.load(Ordering::SeqCst) > 0
    }

    /// Wakes all waiters. Later calls to `wait` return immediately.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.notify();
    }
}
