//! The fate of every event, counted.

use std::fmt;

use serde::Serialize;

use crate::ledger::drop_reason::Dropped;

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
    pub(crate) fn log(&self, message: &'static str) {
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

#[cfg(test)]
mod tests {
    use crate::ledger::counters::Counters;
    use crate::ledger::drop_reason::DropReason;

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
            counters.count_emitted();
            counters.count_dropped(reason, 1);
        }
        counters.count_emitted();
        counters.count_delivered(1);
        counters.count_emitted();
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
            counters.count_emitted();
        }
        counters.count_delivered(1);
        assert_eq!(
            counters.read().to_string(),
            "emitted 3 = delivered 1 + pending 2 + dropped 0"
        );
        counters.count_dropped(DropReason::Hook, 2);
        assert_eq!(
            counters.read().to_string(),
            "emitted 3 = delivered 1 + pending 0 + dropped 2 (hook 2)"
        );
    }
}
