//! How waits for a better time are shared, and cut short.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// How waits for a better time are shared, and cut short.
#[derive(Debug, Default)]
pub(crate) struct RateLimitGate {
    /// The endpoint asked that nothing be sent before.
    not_before: Mutex<Option<Instant>>,
    /// A flush or a shutdown wants back-offs to end.
    pub(crate) hurry: Notify,
    /// A shutdown wants even the endpoint's pause to end.
    closing: Notify,
    closed: AtomicBool,
}

impl RateLimitGate {
    pub(super) fn hold_until(&self, until: Instant) {
        let mut not_before = self.lock();
        *not_before = (*not_before).max(Some(until));
    }

    /// Ends all waits once, for a last attempt.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        *self.lock() = None;
        self.closing.notify_waiters();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Waits for as long as the endpoint asked.
    pub(super) async fn wait(&self) {
        loop {
            let Some(until) = *self.lock() else { return };
            if until <= Instant::now() {
                return;
            }
            if timeout_at(until, self.closing.notified()).await.is_ok() {
                return;
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
