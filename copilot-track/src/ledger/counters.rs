//! The counters behind a [`Ledger`].

use std::collections::BTreeMap;

use crate::ledger::counts::Ledger;
use crate::ledger::drop_reason::{DROP_REASONS, DropReason, Dropped};
use crate::ledger::process_counter::{OUT_OF_SCOPE, OUTSIDE_REPLY};
use crate::util::cache_padded::CachePadded;
use crate::util::reentrancy;
use crate::util::sync::{AtomicU32, AtomicU64, Mutex, Ordering, lock};

/// The counters behind a [`Ledger`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Callers update this counter. The delivery thread updates most of the others.
    emitted: CachePadded<AtomicU64>,
    delivered: AtomicU64,
    /// The number of dropped events, by [`DropReason::index`].
    dropped: [AtomicU64; DROP_REASONS],
    /// The number of rejected events, by HTTP status. `None` means that there was no status.
    rejected_by_status: Mutex<BTreeMap<Option<u16>, u64>>,
    recovered: AtomicU64,
    sampled_out: AtomicU64,
    quarantined: AtomicU64,
    batches: AtomicU64,
    retries: AtomicU64,
    truncated: AtomicU64,
    repeated_messages: AtomicU64,
    context_fields_left_out: AtomicU64,
    /// The counts of the conversation store.
    store: StoreCounters,
    /// The drop reasons that have already been logged as a warning. Each reason has one bit, at its
    /// [`DropReason::index`]. For rejections, `rejected_by_status` has this information.
    warned: AtomicU32,
}

/// The counters of the conversation store.
#[derive(Debug, Default)]
pub(crate) struct StoreCounters {
    pub(crate) errors: AtomicU64,
    pub(crate) opens_without: AtomicU64,
    pub(crate) unsaved_messages: AtomicU64,
    pub(crate) unsaved_changes: AtomicU64,
    pub(crate) refused_updates: AtomicU64,
    pub(crate) uncounted_ends: AtomicU64,
    pub(crate) ends_without_user: AtomicU64,
}

impl Counters {
    /// Returns the counters of the conversation store.
    pub(crate) fn store(&self) -> &StoreCounters {
        &self.store
    }

    /// Counts an event that the application emitted. This must be called before the event's outcome
    /// is counted.
    pub(crate) fn count_emitted(&self) {
        self.emitted.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a message that was not sent again.
    pub(crate) fn count_repeated_message(&self) {
        self.repeated_messages.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts fields that were left out of a context.
    pub(crate) fn count_context_fields_left_out(&self, fields: u64) {
        if fields > 0 {
            self.context_fields_left_out
                .fetch_add(fields, Ordering::Relaxed);
        }
    }

    /// Counts a damaged spool file that was renamed.
    #[cfg(feature = "spool")]
    pub(crate) fn count_quarantined(&self) {
        self.quarantined.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts events that an earlier process left in the spool.
    #[cfg(feature = "spool")]
    pub(crate) fn count_recovered(&self, events: u64) {
        self.recovered.fetch_add(events, Ordering::Relaxed);
        self.emitted.fetch_add(events, Ordering::Relaxed);
    }

    /// Counts the events of a batch that the endpoint accepted.
    pub(crate) fn count_delivered(&self, events: u64) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        // `Release` ensures that a thread that reads this count also sees the earlier emissions.
        self.delivered.fetch_add(events, Ordering::Release);
    }

    /// Counts dropped events.
    pub(crate) fn count_dropped(&self, reason: DropReason, events: u64) {
        if let DropReason::Rejected { status } = reason {
            *lock(&self.rejected_by_status).entry(status).or_default() += events;
        }
        self.dropped[reason.index()].fetch_add(events, Ordering::Release);
    }

    /// Counts dropped events and logs them. The first drop for each reason and status is logged as
    /// a warning, and later drops are logged at debug level. Does nothing if `events` is zero.
    pub(crate) fn log_dropped(&self, reason: DropReason, events: u64, cause: &str) {
        if events == 0 {
            return;
        }
        let is_new = self.is_first_warning(reason);
        self.count_dropped(reason, events);
        if is_new {
            warn_dropped(reason, events, cause);
        } else {
            reentrancy::log(|| {
                tracing::debug!(
                    reason = reason.as_str(),
                    events,
                    cause,
                    "copilot events were dropped"
                );
            });
        }
    }

    /// Counts an event that was tracked from inside the library. Nothing is logged, because the
    /// caller can be a subscriber that is processing a log record.
    pub(crate) fn count_reentrant(&self) {
        self.count_emitted();
        self.count_dropped(DropReason::Reentrant, 1);
    }

    /// Logs a warning, once, if events were tracked from inside the library.
    pub(crate) fn warn_if_reentrant(&self) {
        let reason = DropReason::Reentrant;
        let events = self.dropped[reason.index()].load(Ordering::Relaxed);
        if events > 0 && self.is_first_warning(reason) {
            let cause = "they were tracked by a hook, a transport, or a subscriber of log records, on \
                         the delivery thread or while the library logged";
            warn_dropped(reason, events, cause);
        }
    }

    /// Returns `true` if no earlier drop for this reason was logged as a warning. For rejections,
    /// each status counts as a separate reason, and this function is called before the drop is
    /// counted.
    fn is_first_warning(&self, reason: DropReason) -> bool {
        if let DropReason::Rejected { status } = reason {
            return !lock(&self.rejected_by_status).contains_key(&status);
        }
        let bit = 1 << reason.index();
        self.warned.load(Ordering::Relaxed) & bit == 0
            && self.warned.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }

    /// Counts an event of a conversation that was sampled out.
    pub(crate) fn count_sampled_out(&self) {
        self.sampled_out.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request that is a retry.
    pub(crate) fn count_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an event that was truncated.
    pub(crate) fn count_truncated(&self) {
        self.truncated.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the current counts. Takes no lock.
    pub(crate) fn read(&self) -> Ledger {
        // Outcomes are read before emissions, so every event that is counted as delivered is also
        // counted as emitted. Events emitted between the two reads appear as pending.
        let read = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        let delivered = read(&self.delivered);
        let dropped = Dropped::from_counts(self.dropped.each_ref().map(read));
        let emitted = read(&self.emitted);
        Ledger {
            emitted,
            delivered,
            pending: emitted.saturating_sub(delivered + dropped.total()),
            dropped,
            recovered: read(&self.recovered),
            sampled_out: read(&self.sampled_out),
            quarantined: read(&self.quarantined),
            batches: read(&self.batches),
            retries: read(&self.retries),
            truncated: read(&self.truncated),
            repeated_messages: read(&self.repeated_messages),
            context_fields_left_out: read(&self.context_fields_left_out),
            store_errors: read(&self.store.errors),
            opens_without_store: read(&self.store.opens_without),
            unsaved_messages: read(&self.store.unsaved_messages),
            unsaved_changes: read(&self.store.unsaved_changes),
            refused_updates: read(&self.store.refused_updates),
            uncounted_ends: read(&self.store.uncounted_ends),
            ends_without_user: read(&self.store.ends_without_user),
            out_of_scope: OUT_OF_SCOPE.total(),
            outside_reply: OUTSIDE_REPLY.total(),
        }
    }

    /// Returns the number of rejected events for each status that occurred. `None` means that there
    /// was no status.
    pub(crate) fn rejected_by_status(&self) -> BTreeMap<Option<u16>, u64> {
        lock(&self.rejected_by_status).clone()
    }
}

fn warn_dropped(reason: DropReason, events: u64, cause: &str) {
    reentrancy::log(|| {
        tracing::warn!(
            reason = reason.as_str(),
            events,
            cause,
            "copilot events were dropped; the ledger counts further drops"
        );
    });
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_drop_for_a_reason_is_a_warning() {
        let counters = Counters::default();
        counters.log_dropped(DropReason::Shutdown, 0, "");
        assert!(counters.is_first_warning(DropReason::Shutdown));
        assert!(!counters.is_first_warning(DropReason::Shutdown));
        counters.log_dropped(DropReason::Hook, 1, "");
        assert!(!counters.is_first_warning(DropReason::Hook));
        assert!(counters.is_first_warning(DropReason::Expired));
        // Each status is a separate reason.
        let rejected = |status| DropReason::Rejected { status };
        assert!(counters.is_first_warning(rejected(Some(401))));
        counters.log_dropped(rejected(Some(401)), 1, "");
        assert!(!counters.is_first_warning(rejected(Some(401))));
        assert!(counters.is_first_warning(rejected(Some(403))));
        assert!(counters.is_first_warning(rejected(None)));
        assert_eq!(counters.read().dropped.total(), 2);
    }

    #[test]
    fn rejected_events_are_counted_by_status() {
        let counters = Counters::default();
        for status in [Some(401), Some(u16::MAX), None, Some(401)] {
            counters.count_emitted();
            counters.count_dropped(DropReason::Rejected { status }, 1);
        }
        counters.count_emitted();
        counters.count_delivered(1);
        counters.count_emitted();
        let ledger = counters.read();
        assert_eq!(ledger.dropped.rejected, 4);
        assert_eq!((ledger.delivered, ledger.pending), (1, 1));
        assert_eq!(ledger.batches, 1);
        assert!(ledger.is_balanced());
        let by_status = [(None, 1), (Some(401), 2), (Some(u16::MAX), 1)];
        assert_eq!(counters.rejected_by_status(), by_status.into());
    }
}
