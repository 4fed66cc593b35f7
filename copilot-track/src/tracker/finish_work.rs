//! Finishes pending work before a flush or a shutdown.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::mpsc;
use std::sync::{PoisonError, Weak};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::delivery::delivery_handle::DeliveryHandle;
use crate::tracker::pending_work::{FinishRequest, PendingWork};
use crate::tracker::tracker::Tracker;

impl Tracker {
    /// Adds work that must be finished before the tracker is flushed or shut down.
    pub(crate) fn attach(&self, work: Weak<dyn PendingWork>) {
        let mut attached = self
            .inner
            .pending_work
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        attached.retain(|work| work.strong_count() > 0);
        attached.push(work);
    }

    /// Starts to finish the pending work. Calls `make_reply` for each part of the work.
    fn start_finishing(
        &self,
        delivery: &DeliveryHandle,
        deadline: Instant,
        is_shutdown: bool,
        mut make_reply: impl FnMut() -> Box<dyn FnOnce(bool) + Send>,
    ) {
        if delivery.is_delivery_thread() || delivery.is_fork() {
            return;
        }
        let attached = self.inner.pending_work.lock();
        let attached: Vec<_> = attached
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter_map(Weak::upgrade)
            .collect();
        for work in attached {
            work.finish(FinishRequest {
                deadline,
                is_shutdown,
                reply: make_reply(),
            });
        }
    }

    /// Finishes the pending work in at most half of `timeout`. Returns whether it is finished.
    pub(super) async fn finish_work(
        &self,
        delivery: &DeliveryHandle,
        timeout: Duration,
        is_shutdown: bool,
    ) -> bool {
        let Some(deadline) = deadline(timeout) else {
            return false;
        };
        let mut replies = Vec::new();
        self.start_finishing(delivery, deadline, is_shutdown, || {
            let (sender, receiver) = oneshot::channel();
            replies.push(receiver);
            Box::new(move |finished| {
                let _ = sender.send(finished);
            })
        });
        let mut finished = true;
        for mut reply in replies {
            let mut alarm = delivery.alarm(deadline);
            finished &= poll_fn(|context| match Pin::new(&mut reply).poll(context) {
                Poll::Ready(finished) => Poll::Ready(finished.unwrap_or(false)),
                Poll::Pending => alarm.poll(context).map(|()| false),
            })
            .await;
        }
        finished
    }

    /// Does the same as [`finish_work`](Self::finish_work), but blocks the thread.
    pub(super) fn finish_work_blocking(
        &self,
        delivery: &DeliveryHandle,
        timeout: Duration,
        is_shutdown: bool,
    ) -> bool {
        let Some(deadline) = deadline(timeout) else {
            return false;
        };
        let mut replies = Vec::new();
        self.start_finishing(delivery, deadline, is_shutdown, || {
            let (sender, receiver) = mpsc::sync_channel(1);
            replies.push(receiver);
            Box::new(move |finished| {
                let _ = sender.try_send(finished);
            })
        });
        replies.into_iter().fold(true, |all, reply| {
            let left = deadline.saturating_duration_since(Instant::now());
            reply.recv_timeout(left).unwrap_or(false) && all
        })
    }
}

/// Returns the time by which pending work must be finished. The rest of the timeout is for the
/// delivery of events.
fn deadline(timeout: Duration) -> Option<Instant> {
    // A timeout without end is limited to a day.
    Instant::now().checked_add((timeout / 2).min(Duration::from_secs(24 * 60 * 60)))
}

/// Starts the shutdown if the future that should do so is dropped.
pub(super) struct ShutdownOnDrop<'a> {
    pub(super) delivery: Option<&'a DeliveryHandle>,
    pub(super) timeout: Duration,
}

impl Drop for ShutdownOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(delivery) = self.delivery {
            delivery.request_shutdown(self.timeout);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::custom::CustomEvent;
    use crate::event::user::User;

    #[test]
    fn a_shutdown_whose_future_is_dropped_starts() {
        let tracker = Tracker::builder()
            .json_lines(std::io::sink())
            .build()
            .unwrap();
        drop(ShutdownOnDrop {
            delivery: tracker.inner.delivery.as_ref(),
            timeout: Duration::from_secs(60),
        });
        // The flush is processed after the shutdown.
        assert!(tracker.flush_blocking(Duration::from_secs(60)).complete);
        tracker.track(
            &User::known("123").unwrap(),
            CustomEvent::new("Late").unwrap(),
        );
        assert_eq!(tracker.ledger().dropped.shutdown, 1);
    }
}
