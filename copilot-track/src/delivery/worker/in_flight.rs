//! A batch that is being sent.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// A batch that is being sent.
pub(super) struct InFlight {
    /// The number of the first event.
    pub(super) first: u64,
    /// The number of events in the batch that have no outcome yet. They are always its last events.
    pub(super) remaining: Arc<AtomicU64>,
    /// The number and size of each of the batch's events in the spool.
    pub(super) records: Vec<(u64, usize)>,
}
