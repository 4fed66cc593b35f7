//! A batch that is being sent.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// A batch that is being sent.
pub(super) struct InFlight {
    /// The sequence number of the batch's first event.
    pub(super) first: u64,
    /// The number of events in the batch that have no outcome yet. They are always its last events.
    pub(super) remaining: Arc<AtomicU64>,
    /// The sequence number and size in the spool of each of the batch's events.
    pub(super) records: Vec<(u64, usize)>,
}
