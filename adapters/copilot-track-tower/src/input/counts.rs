//! Counts of the parts of requests that were not used.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many parts of requests were not used. Returned by
/// [`TrackLayer::counts`](crate::TrackLayer::counts).
///
/// None of these is an error for the customer: the request is answered as if the part were missing.
/// The counts start at zero when the layer is built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RequestCounts {
    /// Ids of users and conversations that have more than 100 characters, contain control
    /// characters, or are not valid UTF-8, and user ids whose header occurs with different values.
    pub invalid_ids: u64,
    /// Conversation ids that were replaced, because the conversation belongs to another user.
    pub refused_conversations: u64,
    /// Turn contexts that could not be read, have expired, or do not have a valid signature.
    pub invalid_turn_contexts: u64,
    /// Calls to closures of the application that panicked.
    pub panics: u64,
}

/// The counters behind [`RequestCounts`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) invalid_ids: Counter,
    pub(crate) refused_conversations: Counter,
    pub(crate) invalid_turn_contexts: Counter,
    pub(crate) panics: Counter,
}

impl Counters {
    pub(crate) fn read(&self) -> RequestCounts {
        RequestCounts {
            invalid_ids: self.invalid_ids.get(),
            refused_conversations: self.refused_conversations.get(),
            invalid_turn_contexts: self.invalid_turn_contexts.get(),
            panics: self.panics.get(),
        }
    }
}

/// One counter.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
