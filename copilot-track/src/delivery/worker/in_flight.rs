//! A batch that is being sent.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// A batch that is being sent.
pub(super) struct InFlight {
    /// The number of its first event.
    pub(super) first: u64,
    /// How many of its events have no outcome yet. They are the last ones.
    pub(super) remaining: Arc<AtomicU64>,
    /// Number and size of its events in the spool.
    pub(super) records: Vec<(u64, usize)>,
}
