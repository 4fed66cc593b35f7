//! A batch that is being sent.

use std::sync::Arc;

use crate::delivery::sending::progress::Progress;

/// A batch that is being sent.
pub(super) struct InFlight {
    /// The sequence number of the batch's first event.
    pub(super) first: u64,
    /// Which of the batch's events are settled.
    pub(super) progress: Arc<Progress>,
    /// The sequence number and size in the spool of each of the batch's events.
    pub(super) records: Vec<(u64, usize)>,
}
