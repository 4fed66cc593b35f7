//! The fate of every event, counted.

use std::fmt;

use serde::Serialize;

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

    pub(super) fn index(self) -> u32 {
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
    use crate::ledger::counters::Counters;

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
