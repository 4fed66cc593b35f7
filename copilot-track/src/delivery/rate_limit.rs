//! The endpoint's rate limit.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// A gate that holds back all requests until the time that the endpoint requested with
/// `Retry-After`.
#[derive(Debug, Default)]
pub(crate) struct RateLimitGate {
    not_before: Mutex<Option<Instant>>,
    shutting_down: AtomicBool,
    /// Notified when a shutdown opens the gate.
    opened: Notify,
}

impl RateLimitGate {
    /// Closes the gate until the given time, unless it is already closed until a later time.
    pub(super) fn close_until(&self, until: Instant) {
        let mut not_before = self.not_before();
        *not_before = (*not_before).max(Some(until));
    }

    /// Opens the gate for a shutdown, so that each batch gets one last attempt. The endpoint may
    /// close the gate again.
    pub(crate) fn open_for_shutdown(&self) {
        self.shutting_down.store(true, Ordering::SeqCst);
        *self.not_before() = None;
        self.opened.notify_waiters();
    }

    pub(super) fn is_shutting_down(&self) -> bool {
        self.shutting_down.load(Ordering::SeqCst)
    }

    /// Waits until the gate is open.
    pub(super) async fn wait(&self) {
        loop {
            let Some(until) = *self.not_before() else {
                return;
            };
            if until <= Instant::now() {
                return;
            }
            if timeout_at(until, self.opened.notified()).await.is_ok() {
                return;
            }
        }
    }

    fn not_before(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
