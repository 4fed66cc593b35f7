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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_gate_opens_at_the_latest_time_or_for_a_shutdown() {
        let started_at = Instant::now();
        let after = |seconds| started_at + Duration::from_secs(seconds);
        let gate = RateLimitGate::default();
        gate.wait().await;
        gate.close_until(after(5));
        gate.close_until(after(2));
        gate.wait().await;
        assert_eq!(Instant::now(), after(5));
        gate.close_until(after(60));
        tokio::join!(gate.wait(), async {
            tokio::time::sleep_until(after(6)).await;
            assert!(!gate.is_shutting_down());
            gate.open_for_shutdown();
        });
        assert_eq!(Instant::now(), after(6));
        assert!(gate.is_shutting_down());
        // The endpoint closes the gate again.
        gate.close_until(after(10));
        gate.wait().await;
        assert_eq!(Instant::now(), after(10));
    }
}
