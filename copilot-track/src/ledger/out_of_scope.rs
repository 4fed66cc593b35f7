//! Counts calls to annotated functions outside any conversation.

use std::sync::atomic::{AtomicU64, Ordering};

/// The number of calls in the whole process. The tracker is unknown outside a conversation, so
/// there is no count for each tracker.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// Counts a call to an annotated function outside any conversation.
pub(crate) fn count() {
    CALLS.fetch_add(1, Ordering::Relaxed);
}

/// Returns the number of calls so far.
pub(crate) fn total() -> u64 {
    CALLS.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn every_call_of_every_thread_counts() {
        let before = total();
        thread::scope(|scope| {
            for _ in 0..80 {
                scope.spawn(|| (0..100).for_each(|_| count()));
            }
        });
        assert_eq!(total() - before, 80 * 100);
    }
}
