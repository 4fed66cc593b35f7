//! The fate of every event, counted.

use std::fmt;

use serde::Serialize;

use crate::out_of_scope;
use crate::sync::{AtomicU32, AtomicU64, Ordering};

/// Why an event was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// The queue had reached its bound of events or bytes.
    QueueFull,
    /// It was over 32,000 bytes, and cutting its texts did not make it fit.
    TooLarge,
    /// It could not be turned into JSON, or bore an id or a rating that is none; or it was damaged
    /// while it waited on disk.
    Invalid,
    /// The endpoint answered that it does not want it: this HTTP status, or 0 where a transport
    /// that knows no statuses refused it.
    Rejected(u16),
    /// The endpoint could not be reached, or asked to be tried later, until the retry budget or the
    /// retries were spent.
    Expired,
    /// The `before_send` hook returned `None` or panicked.
    Hook,
    /// The spool had reached its bound of bytes.
    SpoolFull,
    /// It was still pending when the tracker was shut down, or came after that.
    Shutdown,
}

impl DropReason {
    /// The reason as the ledger's field is named.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::TooLarge => "too_large",
            Self::Invalid => "invalid",
            Self::Rejected(_) => "rejected",
            Self::Expired => "expired",
            Self::Hook => "hook",
            Self::SpoolFull => "spool_full",
            Self::Shutdown => "shutdown",
        }
    }

    fn index(self) -> u32 {
        match self {
            Self::QueueFull => 0,
            Self::TooLarge => 1,
            Self::Invalid => 2,
            Self::Rejected(_) => 3,
            Self::Expired => 4,
            Self::Hook => 5,
            Self::Shutdown => 6,
            Self::SpoolFull => 7,
        }
    }
}

/// HTTP statuses are counted apart up to here; what is above (there is no such status) counts in
/// the sum alone.
const STATUSES: usize = 600;

/// So many threads at a time can count emissions without disturbing each other.
pub(crate) const LANES: usize = 8;

/// What has a cache line of its own, or two where the processor fetches them in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Aligned<T>(pub(crate) T);

/// The counters behind a [`Ledger`].
#[derive(Debug)]
pub(crate) struct Counters {
    /// Emitted without a lane.
    emitted: AtomicU64,
    lanes: [Aligned<AtomicU64>; LANES],
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
    said: AtomicU32,
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
            said: AtomicU32::new(0),
        }
    }
}

impl Counters {
    /// Counts an event that the application emitted. Comes before its fate is counted.
    pub(crate) fn emitted(&self) {
        self.emitted.fetch_add(1, Ordering::Relaxed);
    }

    /// [`emitted`](Self::emitted) by one of the lanes, which the caller has for itself: under a lock,
    /// a load and a store do, and cost a fraction of an addition that others could disturb.
    pub(crate) fn emitted_in(&self, lane: usize) {
        if let Some(Aligned(emitted)) = self.lanes.get(lane) {
            let count = emitted.load(Ordering::Relaxed);
            emitted.store(count.wrapping_add(1), Ordering::Relaxed);
        }
    }

    /// Counts a damaged file of the spool.
    #[cfg(feature = "spool")]
    pub(crate) fn quarantined(&self) {
        self.quarantined.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts events that an earlier process left in the spool.
    #[cfg(feature = "spool")]
    pub(crate) fn recovered(&self, events: u64) {
        self.recovered.fetch_add(events, Ordering::Relaxed);
        self.emitted.fetch_add(events, Ordering::Relaxed);
    }

    /// Counts a batch that the endpoint accepted.
    pub(crate) fn delivered(&self, events: u64) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        // Release: whoever reads this fate reads the emission before it too.
        self.delivered.fetch_add(events, Ordering::Release);
    }

    pub(crate) fn dropped(&self, reason: DropReason, events: u64) {
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
    pub(crate) fn lost(&self, reason: DropReason, events: u64, why: &str) {
        self.dropped(reason, events);
        let bit = 1 << reason.index();
        if self.said.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
            tracing::warn!(
                reason = reason.name(),
                events,
                why,
                "copilot events are not delivered; further ones are counted in the ledger"
            );
        } else {
            tracing::debug!(
                reason = reason.name(),
                events,
                why,
                "copilot events are not delivered"
            );
        }
    }

    pub(crate) fn sampled_out(&self) {
        self.sampled_out.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn retried(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn truncated(&self) {
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
        let lanes = self.lanes.iter().map(|Aligned(emitted)| read(emitted));
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

/// What became of every event that a tracker was given:
/// `emitted = delivered + pending + dropped.total()`, always.
///
/// ```
/// # let tracker = copilot_track::Tracker::disabled();
/// let ledger = tracker.ledger();
/// assert!(ledger.is_balanced());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Ledger {
    /// Events that the application emitted.
    pub emitted: u64,
    /// Events that the endpoint accepted.
    pub delivered: u64,
    /// Events that wait or are on their way.
    pub pending: u64,
    /// Events that will not be delivered, by reason.
    pub dropped: Dropped,
    /// Of those emitted, events that an earlier process had left in the spool.
    pub recovered: u64,
    /// Events of conversations that sampling leaves out. They are not emitted.
    pub sampled_out: u64,
    /// Files of the spool that were damaged and put aside.
    pub quarantined: u64,
    /// Batches that the endpoint accepted.
    pub batches: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Events of which a text was cut to fit 32,000 bytes.
    pub truncated: u64,
    /// Calls of annotated functions outside of any conversation. They are no events, belong to no
    /// tracker, and are counted for the whole process.
    pub out_of_scope: u64,
}

/// Events that will not be delivered, by [`DropReason`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Dropped {
    /// See [`DropReason::QueueFull`].
    pub queue_full: u64,
    /// See [`DropReason::TooLarge`].
    pub too_large: u64,
    /// See [`DropReason::Invalid`].
    pub invalid: u64,
    /// See [`DropReason::Rejected`].
    pub rejected: u64,
    /// See [`DropReason::Expired`].
    pub expired: u64,
    /// See [`DropReason::Hook`].
    pub hook: u64,
    /// See [`DropReason::Shutdown`].
    pub shutdown: u64,
    /// See [`DropReason::SpoolFull`].
    pub spool_full: u64,
}

impl Dropped {
    /// The sum over all reasons.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.queue_full
            + self.too_large
            + self.invalid
            + self.rejected
            + self.expired
            + self.hook
            + self.shutdown
            + self.spool_full
    }

    pub(crate) fn named(&self) -> [(&'static str, u64); 8] {
        [
            ("queue_full", self.queue_full),
            ("too_large", self.too_large),
            ("invalid", self.invalid),
            ("rejected", self.rejected),
            ("expired", self.expired),
            ("hook", self.hook),
            ("shutdown", self.shutdown),
            ("spool_full", self.spool_full),
        ]
    }
}

impl Ledger {
    /// Whether every event is accounted for.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.emitted == self.delivered + self.pending + self.dropped.total()
    }

    /// Whether nothing waits and nothing was dropped.
    #[must_use]
    pub fn is_all_delivered(&self) -> bool {
        self.emitted == self.delivered
    }
}

impl Ledger {
    /// Says all of it through `tracing`, a field each.
    pub(crate) fn tell(&self, message: &'static str) {
        let dropped = self.dropped;
        tracing::info!(
            emitted = self.emitted,
            delivered = self.delivered,
            pending = self.pending,
            dropped = dropped.total(),
            dropped.queue_full = dropped.queue_full,
            dropped.too_large = dropped.too_large,
            dropped.invalid = dropped.invalid,
            dropped.rejected = dropped.rejected,
            dropped.expired = dropped.expired,
            dropped.hook = dropped.hook,
            dropped.shutdown = dropped.shutdown,
            dropped.spool_full = dropped.spool_full,
            recovered = self.recovered,
            sampled_out = self.sampled_out,
            quarantined = self.quarantined,
            batches = self.batches,
            retries = self.retries,
            truncated = self.truncated,
            "{message}"
        );
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "emitted {} = delivered {} + pending {} + dropped {}",
            self.emitted,
            self.delivered,
            self.pending,
            self.dropped.total()
        )?;
        let mut separator = " (";
        for (reason, events) in self.dropped.named() {
            if events > 0 {
                write!(f, "{separator}{reason} {events}")?;
                separator = ", ";
            }
        }
        if separator == ", " {
            f.write_str(")")?;
        }
        Ok(())
    }
}

/// What a flush or a shutdown has achieved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[must_use = "a report tells whether anything was left behind"]
pub struct Report {
    /// The counts when it was done.
    pub ledger: Ledger,
    /// Whether the fate of every event that was emitted before is known. `false` means that time
    /// ran out: after a flush the rest is in `ledger.pending`, after a shutdown in
    /// `ledger.dropped.shutdown` or, with a spool, on disk and in `ledger.pending`.
    pub complete: bool,
}

impl Report {
    pub(crate) fn new(ledger: Ledger, complete: bool) -> Self {
        Self { ledger, complete }
    }

    /// Whether every event that was ever emitted was delivered.
    #[must_use]
    pub fn is_all_delivered(&self) -> bool {
        self.complete && self.ledger.is_all_delivered()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ledger.fmt(f)?;
        if !self.complete {
            f.write_str(", out of time")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_in_the_sum() {
        let counters = Counters::default();
        let reasons = [
            DropReason::QueueFull,
            DropReason::TooLarge,
            DropReason::Invalid,
            DropReason::Rejected(401),
            DropReason::Rejected(u16::MAX),
            DropReason::Expired,
            DropReason::Hook,
            DropReason::Shutdown,
            DropReason::SpoolFull,
        ];
        for reason in reasons {
            counters.emitted();
            counters.dropped(reason, 1);
        }
        counters.emitted();
        counters.delivered(1);
        counters.emitted();
        let ledger = counters.read();
        assert_eq!(ledger.dropped.total(), reasons.len() as u64);
        assert_eq!((ledger.delivered, ledger.pending), (1, 1));
        assert_eq!(ledger.batches, 1);
        assert!(ledger.is_balanced());
        assert_eq!(counters.rejected_by_status(), [(401, 1)]);
        let named: u64 = ledger
            .dropped
            .named()
            .iter()
            .map(|(_, events)| events)
            .sum();
        assert_eq!(named, ledger.dropped.total());
    }

    #[test]
    fn it_reads_as_an_equation() {
        let counters = Counters::default();
        for _ in 0..3 {
            counters.emitted();
        }
        counters.delivered(1);
        assert_eq!(
            counters.read().to_string(),
            "emitted 3 = delivered 1 + pending 2 + dropped 0"
        );
        counters.dropped(DropReason::Hook, 2);
        assert_eq!(
            counters.read().to_string(),
            "emitted 3 = delivered 1 + pending 0 + dropped 2 (hook 2)"
        );
    }
}
