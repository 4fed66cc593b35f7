//! Counts facts about a reply that were reported outside any reply.

use std::sync::atomic::{AtomicU64, Ordering};

/// The number of calls in the whole process. The tracker is unknown outside a conversation, so
/// there is no count for each tracker.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// Counts a call outside any reply, or after the message of a reply was sent.
pub(crate) fn count() {
    CALLS.fetch_add(1, Ordering::Relaxed);
}

/// Returns the number of calls so far.
pub(crate) fn total() -> u64 {
    CALLS.load(Ordering::Relaxed)
}
