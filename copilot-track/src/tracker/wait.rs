//! Waiting for delivery: `flush`, `sync`, and `shutdown`.

use std::time::Duration;

use crate::delivery::worker::barrier_request::Barrier;
use crate::ledger::report::Report;
use crate::tracker::tracker::Tracker;

impl Tracker {
    /// Sends all queued events, and waits until every event so far is delivered or dropped, or
    /// until `timeout` has passed. This method works on any executor.
    ///
    /// On the delivery thread, for example in a hook, this method returns at once; see
    /// [`Report::on_delivery_thread`].
    pub async fn flush(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => delivery.wait(Barrier::Settled, timeout).await,
            None => self.empty_report(),
        }
    }

    /// Does the same as [`flush`](Self::flush), but blocks the thread.
    pub fn flush_blocking(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => delivery.wait_blocking(Barrier::Settled, timeout),
            None => self.empty_report(),
        }
    }

    /// Waits until every event so far is on disk, delivered, or dropped, or until `timeout` has
    /// passed. Events on disk survive the end of the process. Without a [`Spool`](crate::Spool),
    /// this method does the same as [`flush`](Self::flush). It works on any executor.
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
    /// With a spool, the remaining events are written to disk instead of being dropped. This method
    /// waits for the write, so it can return after `timeout` if the disk is slow. On a slow disk,
    /// [`shutdown_blocking`](Self::shutdown_blocking) can return up to 10 s after `timeout`.
    ///
    /// On the delivery thread, for example in a hook, this method requests the shutdown and returns
    /// at once; see [`Report::on_delivery_thread`].
    pub async fn shutdown(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => delivery.wait(Barrier::Shutdown, timeout).await,
            None => self.empty_report(),
        }
    }

    /// Does the same as [`shutdown`](Self::shutdown), but blocks the thread.
    pub fn shutdown_blocking(&self, timeout: Duration) -> Report {
        match &self.inner.delivery {
            Some(delivery) => delivery.wait_blocking(Barrier::Shutdown, timeout),
            None => self.empty_report(),
        }
    }

    /// Waits for a barrier. Returns `None` if the tracker is disabled.
    pub(crate) fn finish_blocking(&self, barrier: Barrier, timeout: Duration) -> Option<Report> {
        let delivery = self.inner.delivery.as_ref()?;
        Some(delivery.wait_blocking(barrier, timeout))
    }

    fn empty_report(&self) -> Report {
        Report::new(self.ledger(), true)
    }
}
