//! Why an event was not delivered.

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
    pub fn as_str(self) -> &'static str {
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
