//! Waiting for delivery: `flush`, `sync`, and `shutdown`.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::delivery::worker::barrier_request::Barrier;
use crate::ledger::report::Report;
use crate::tracker::finish_work::ShutdownOnDrop;
use crate::tracker::tracker::Tracker;

impl Tracker {
    /// Sends all queued events, and waits until every event so far is delivered or dropped, or
    /// until `timeout` has passed. This method works on any executor.
    ///
    /// With a [conversation store](crate::store), up to half of `timeout` is used to write to the
    /// store and to send the Conversation Ended events that wait for it.
    ///
    /// This method returns at most 250 ms after `timeout`, even if a hook, a `Serialize`
    /// implementation, a transport, or the disk blocks the delivery thread. The report then shows
    /// that the events are pending. Dropping the future cancels the wait, but not the delivery of
    /// the events.
    ///
    /// On the delivery thread, for example in a hook, this method returns at once; see
    /// [`Report::on_delivery_thread`].
    pub async fn flush(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => {
                let started = Instant::now();
                let finished =
                    !self.has_pending_work() || self.finish_work(delivery, timeout, false).await;
                let left = timeout.saturating_sub(started.elapsed());
                let report = delivery.wait(Barrier::Settled, left).await;
                report.if_finished(finished)
            }
            None => self.empty_report(),
        }
    }

    /// Does the same as [`flush`](Self::flush), but blocks the thread.
    pub fn flush_blocking(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => {
                let started = Instant::now();
                let finished =
                    !self.has_pending_work() || self.finish_work_blocking(delivery, timeout, false);
                let left = timeout.saturating_sub(started.elapsed());
                let report = delivery.wait_blocking(Barrier::Settled, left);
                report.if_finished(finished)
            }
            None => self.empty_report(),
        }
    }

    /// Waits until every event so far is on disk, delivered, or dropped, or until `timeout` has
    /// passed. Events on disk survive the end of the process. Without a [`Spool`](crate::Spool),
    /// this method does the same as [`flush`](Self::flush). It works on any executor, and it
    /// returns at most 250 ms after `timeout`, even if the disk hangs.
    ///
    /// On the delivery thread, for example in a hook, this method returns at once; see
    /// [`Report::on_delivery_thread`].
    #[cfg(feature = "spool")]
    pub async fn sync(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => delivery.wait(Barrier::OnDisk, timeout).await,
            None => self.empty_report(),
        }
    }

    /// Does the same as [`sync`](Self::sync), but blocks the thread.
    #[cfg(feature = "spool")]
    pub fn sync_blocking(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => delivery.wait_blocking(Barrier::OnDisk, timeout),
            None => self.empty_report(),
        }
    }

    /// Sends all queued events and stops the delivery thread, within `timeout`. This method works
    /// on any executor.
    ///
    /// Events that are still undelivered at the deadline count as dropped, and so do events that
    /// are tracked later. An event whose request was in flight may still arrive.
    ///
    /// With a spool, the remaining events are written to disk instead of being dropped. The write
    /// starts before the deadline: 2 s before it, or when half of `timeout` has passed if that is
    /// later.
    ///
    /// With a [conversation store](crate::store), up to half of `timeout` is used to write to the
    /// store and to send the Conversation Ended events that wait for it. If the store does not
    /// answer in this time, they are sent without `message_count`.
    ///
    /// This method returns at most 250 ms after `timeout`, even if a hook, a `Serialize`
    /// implementation, a transport, or the disk blocks the delivery thread. In this case, the
    /// report shows the remaining events as pending. The thread drops them, or writes them to the
    /// spool, as soon as it continues. If the process ends first, these events are lost, except for
    /// those that are on disk.
    ///
    /// Before this method returns, the counts are exported if the `metrics` feature is enabled, and
    /// the delivery thread is not blocked. Dropping the future does not cancel the shutdown.
    ///
    /// On the delivery thread, for example in a hook, this method requests the shutdown and returns
    /// at once; see [`Report::on_delivery_thread`].
    pub async fn shutdown(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => {
                let started = Instant::now();
                let mut guard = ShutdownOnDrop {
                    delivery: Some(delivery),
                    timeout,
                };
                let finished =
                    !self.has_pending_work() || self.finish_work(delivery, timeout, true).await;
                guard.delivery = None;
                let left = timeout.saturating_sub(started.elapsed());
                let report = delivery.wait(Barrier::Shutdown, left).await;
                report.if_finished(finished)
            }
            None => self.empty_report(),
        }
    }

    /// Does the same as [`shutdown`](Self::shutdown), but blocks the thread.
    pub fn shutdown_blocking(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => {
                let started = Instant::now();
                let finished =
                    !self.has_pending_work() || self.finish_work_blocking(delivery, timeout, true);
                let left = timeout.saturating_sub(started.elapsed());
                let report = delivery.wait_blocking(Barrier::Shutdown, left);
                report.if_finished(finished)
            }
            None => self.empty_report(),
        }
    }

    /// Waits for a barrier. Returns `None` if the tracker is disabled.
    pub(crate) fn finish_blocking(&self, barrier: Barrier, timeout: Duration) -> Option<Report> {
        let delivery = self.inner.delivery.as_ref()?;
        Some(delivery.wait_blocking(barrier, timeout))
    }

    fn has_pending_work(&self) -> bool {
        let attached = self.inner.pending_work.lock();
        !attached.unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn empty_report(&self) -> Report {
        Report::new(self.ledger(), true)
    }
}
