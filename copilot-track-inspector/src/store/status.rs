//! How much is kept, and how much may be.

use serde::Serialize;

/// How much is kept; the oldest events go first.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Capacity {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
}

/// What there is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoreStatus {
    /// The last number that was given out.
    pub(crate) last_seq: u64,
    /// The oldest event that is kept; `last_seq + 1` if there is none.
    pub(crate) first_seq: u64,
    pub(crate) events: u64,
    pub(crate) conversations: u64,
    pub(crate) evicted: u64,
    pub(crate) good: u64,
    pub(crate) bad: u64,
    /// How often everything was deleted.
    #[serde(skip)]
    pub(crate) resets: u64,
}
