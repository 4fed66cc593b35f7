//! The counters behind a [`Ledger`].

use crate::ledger::counts::Ledger;
use crate::ledger::drop_reason::{DropReason, Dropped};
use crate::ledger::out_of_scope;
use crate::util::cache_padded::CachePadded;
use crate::util::sync::{AtomicU32, AtomicU64, Ordering};

/// HTTP statuses are counted apart up to here; what is above (there is no such status) counts in
/// the sum alone.
const STATUSES: usize = 600;

/// So many threads at a time can count emissions without disturbing each other.
pub(crate) const LANES: usize = 8;

/// The counters behind a [`Ledger`].
#[derive(Debug)]
pub(crate) struct Counters {
    /// Emitted without a lane.
    emitted: AtomicU64,
    lanes: [CachePadded<AtomicU64>; LANES],
    delivered: AtomicU64,
    queue_full: AtomicU64,
    too_large: AtomicU64,
    invalid: AtomicU64,
    rejected: AtomicU64,
    expired: AtomicU64,
    hook: AtomicU64,
    shutdown: AtomicU64,
    spool_full: AtomicU64,
    recovered: AtomicU64,
    sampled_out: AtomicU64,
    quarantined: AtomicU64,
    batches: AtomicU64,
    retries: AtomicU64,
    truncated: AtomicU64,
    by_status: Box<[AtomicU64]>,
    /// A bit for each reason that was told through `tracing`.
    warned: AtomicU32,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            emitted: AtomicU64::new(0),
            lanes: Default::default(),
            delivered: AtomicU64::new(0),
            queue_full: AtomicU64::new(0),
            too_large: AtomicU64::new(0),
            invalid: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            expired: AtomicU64::new(0),
            hook: AtomicU64::new(0),
            shutdown: AtomicU64::new(0),
            spool_full: AtomicU64::new(0),
            recovered: AtomicU64::new(0),
            sampled_out: AtomicU64::new(0),
            quarantined: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            truncated: AtomicU64::new(0),
            by_status: (0..STATUSES).map(|_| AtomicU64::new(0)).collect(),
            warned: AtomicU32::new(0),
        }
    }
}

impl Counters {
    /// Counts an event that the application emitted. Comes before its fate is counted.
    pub(crate) fn count_emitted(&self) {
        self.emitted.fetch_add(1, Ordering::Relaxed);
    }

    /// [`emitted`](Self::emitted) by one of the lanes, which the caller has for itself: under a
    /// lock, a load and a store do, and cost a fraction of an addition that others could disturb.
    pub(crate) fn emitted_in(&self, lane: usize) {
        if let Some(CachePadded(emitted)) = self.lanes.get(lane) {
            let count = emitted.load(Ordering::Relaxed);
            emitted.store(count.wrapping_add(1), Ordering::Relaxed);
        }
    }

    /// Counts a damaged file of the spool.
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

    /// Counts a batch that the endpoint accepted.
    pub(crate) fn count_delivered(&self, events: u64) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        // Release: whoever reads this fate reads the emission before it too.
        self.delivered.fetch_add(events, Ordering::Release);
    }

    pub(crate) fn count_dropped(&self, reason: DropReason, events: u64) {
        let counter = match reason {
            DropReason::QueueFull => &self.queue_full,
            DropReason::TooLarge => &self.too_large,
            DropReason::Invalid => &self.invalid,
            DropReason::Rejected(status) => {
                if let Some(counter) = self.by_status.get(usize::from(status)) {
                    counter.fetch_add(events, Ordering::Relaxed);
                }
                &self.rejected
            }
            DropReason::Expired => &self.expired,
            DropReason::Hook => &self.hook,
            DropReason::SpoolFull => &self.spool_full,
            DropReason::Shutdown => &self.shutdown,
        };
        counter.fetch_add(events, Ordering::Release);
    }

    /// Counts events that are lost, and says so once for each reason.
    pub(crate) fn log_dropped(&self, reason: DropReason, events: u64, why: &str) {
        self.count_dropped(reason, events);
        let bit = 1 << reason.index();
        if self.warned.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
            tracing::warn!(
                reason = reason.as_str(),
                events,
                why,
                "copilot events are not delivered; further ones are counted in the ledger"
            );
        } else {
            tracing::debug!(
                reason = reason.as_str(),
                events,
                why,
                "copilot events are not delivered"
            );
        }
    }

    pub(crate) fn count_sampled_out(&self) {
        self.sampled_out.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_truncated(&self) {
        self.truncated.fetch_add(1, Ordering::Relaxed);
    }

    /// The counts of one instant. No lock is taken.
    pub(crate) fn read(&self) -> Ledger {
        // Fates first, emissions after: an event that is counted as delivered is always among the
        // emitted, and what is between the two reads shows as pending.
        let read = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        let delivered = read(&self.delivered);
        let dropped = Dropped {
            queue_full: read(&self.queue_full),
            too_large: read(&self.too_large),
            invalid: read(&self.invalid),
            rejected: read(&self.rejected),
            expired: read(&self.expired),
            hook: read(&self.hook),
            shutdown: read(&self.shutdown),
            spool_full: read(&self.spool_full),
        };
        let lanes = self.lanes.iter().map(|CachePadded(emitted)| read(emitted));
        let emitted = read(&self.emitted) + lanes.sum::<u64>();
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
            out_of_scope: out_of_scope::total(),
        }
    }

    /// How many events were rejected with each status that occurred.
    pub(crate) fn rejected_by_status(&self) -> Vec<(u16, u64)> {
        (0..)
            .zip(&self.by_status)
            .map(|(status, counter)| (status, counter.load(Ordering::Relaxed)))
            .filter(|&(_, events)| events > 0)
            .collect()
    }
}
