//! Counters of calls outside any conversation or reply.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the calls to annotated functions outside any conversation.
pub(crate) static OUT_OF_SCOPE: ProcessCounter = ProcessCounter::new();

/// Counts the facts about a reply that were reported outside any reply, or after the message of a
/// reply was sent.
pub(crate) static OUTSIDE_REPLY: ProcessCounter = ProcessCounter::new();

/// A counter for the whole process. The tracker is unknown outside a conversation, so there is no
/// count for each tracker.
#[derive(Debug)]
pub(crate) struct ProcessCounter(AtomicU64);

impl ProcessCounter {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Counts a call.
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the number of calls so far.
    pub(crate) fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn every_call_of_every_thread_counts() {
        let counter = ProcessCounter::new();
        thread::scope(|scope| {
            for _ in 0..80 {
                scope.spawn(|| (0..100).for_each(|_| counter.count()));
            }
        });
        assert_eq!(counter.total(), 80 * 100);
    }
}
