//! What the conversation store needs from the tracker.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::delivery::deadline_timer::Alarm;
use crate::delivery::worker::barrier_request::Barrier;
use crate::ledger::report::Report;
use crate::tracker::tracker::Tracker;

impl Tracker {
    /// Counts messages that were not written to the store.
    pub(crate) fn count_unsaved_messages(&self, messages: u64) {
        let counter = &self.inner.counters.store().unsaved_messages;
        counter.fetch_add(messages, Ordering::Relaxed);
    }

    /// Counts an update with changes other than messages that was not written to the store.
    pub(crate) fn count_unsaved_change(&self) {
        let counter = &self.inner.counters.store().unsaved_changes;
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an update that the store refused repeatedly.
    pub(crate) fn count_refused_update(&self) {
        let counter = &self.inner.counters.store().refused_updates;
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an idle conversation that got no Conversation Ended event, because its user is
    /// unknown.
    pub(crate) fn count_end_without_user(&self) {
        let counter = &self.inner.counters.store().ends_without_user;
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a Conversation Ended event without a number of messages.
    pub(crate) fn count_uncounted_end(&self) {
        let counter = &self.inner.counters.store().uncounted_ends;
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a failed operation of the store.
    pub(crate) fn count_store_error(&self) {
        let counter = &self.inner.counters.store().errors;
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an opened conversation that was not read from the store.
    pub(crate) fn count_open_without_store(&self) {
        let counter = &self.inner.counters.store().opens_without;
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how long a batch waits for more events.
    pub(crate) fn flush_interval(&self) -> Duration {
        self.inner.options.flush_interval
    }

    /// Returns the maximum time to wait for delivery when the last handle is dropped.
    pub(crate) fn drop_timeout(&self) -> Duration {
        self.inner.options.drop_timeout
    }

    /// Creates an alarm that does not depend on a runtime. Returns `None` if the tracker is
    /// disabled.
    pub(crate) fn alarm(&self, deadline: Instant) -> Option<Alarm> {
        let delivery = self.inner.delivery.as_ref()?;
        Some(delivery.alarm(deadline))
    }

    /// Waits until all queued events are settled, without finishing pending work first.
    pub(crate) async fn flush_queued(&self, timeout: Duration) -> Option<Report> {
        let delivery = self.inner.delivery.as_ref()?;
        Some(delivery.wait(Barrier::Settled, timeout).await)
    }
}
