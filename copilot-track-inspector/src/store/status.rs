//! The capacity and the status of the store.

use serde::Serialize;

/// The capacity of the store. When it is exceeded, the oldest events are evicted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Capacity {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
}

/// The progress of a search index that is being built.
#[cfg(feature = "sqlite")]
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct IndexProgress {
    indexed: u64,
    events: u64,
}

#[cfg(feature = "sqlite")]
impl IndexProgress {
    /// Returns `None` if the index contains all events up to `status.last_seq`.
    pub(super) fn new(indexed_to: u64, status: &StoreStatus) -> Option<Self> {
        if indexed_to >= status.last_seq || status.events == 0 {
            return None;
        }
        Some(Self {
            indexed: (indexed_to + 1).saturating_sub(status.first_seq),
            events: status.events,
        })
    }
}

/// Counts of the stored data.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoreStatus {
    /// The sequence number of the last event that arrived.
    pub(crate) last_seq: u64,
    /// The sequence number of the oldest stored event, or `last_seq + 1` if there is none.
    pub(crate) first_seq: u64,
    pub(crate) events: u64,
    pub(crate) conversations: u64,
    pub(crate) evicted: u64,
    pub(crate) good: u64,
    pub(crate) bad: u64,
    /// The number of times that all events were deleted.
    #[serde(skip)]
    pub(crate) resets: u64,
}
