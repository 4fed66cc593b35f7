//! The outboxes that have changes, and the limits for all of them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::conversation_update::ConversationUpdate;
use crate::tracker::tracker::Tracker;
use crate::util::reentrancy;

/// The maximum number of messages that wait to be written. Their ids use at most about 20 MB.
const MAX_UNSAVED_MESSAGES: usize = 100_000;
/// The maximum number of conversations with changes. Changes of the content policy and the consent
/// can exceed this limit by the same number.
const MAX_CHANGED: usize = 100_000;
/// The maximum number of Conversation Ended events that wait for their claims.
const MAX_ENDS: usize = 100_000;

/// The outboxes of type `O` that have changes, and the requested ends of type `E`.
///
/// The types are parameters, because an outbox refers to its queue.
#[derive(Debug)]
pub(crate) struct OutboxQueue<O, E> {
    tracker: Tracker,
    /// The maximum number of conversations with changes. Changes of the content policy and the
    /// consent can exceed this limit by the same number.
    max_changed: usize,
    changed: Mutex<VecDeque<O>>,
    ends: Mutex<Vec<E>>,
    /// The number of messages that wait to be written or are being written.
    unsaved_messages: AtomicUsize,
    /// Whether nothing is written any more.
    is_closed: AtomicBool,
    /// Whether the loss of a content policy or a consent has been logged.
    has_warned: AtomicBool,
}

/// Why an outbox was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotAdded {
    Full,
    Closed,
}

impl<O, E> OutboxQueue<O, E> {
    pub(crate) fn new(tracker: Tracker) -> Arc<Self> {
        Self::with_max_changed(tracker, MAX_CHANGED)
    }

    pub(crate) fn with_max_changed(tracker: Tracker, max_changed: usize) -> Arc<Self> {
        Arc::new(Self {
            tracker,
            max_changed,
            changed: Mutex::default(),
            ends: Mutex::default(),
            unsaved_messages: AtomicUsize::new(0),
            is_closed: AtomicBool::new(false),
            has_warned: AtomicBool::new(false),
        })
    }

    pub(super) fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// Makes room for a message. If there is none, counts the message as unsaved and returns
    /// `false`.
    pub(super) fn reserve_message(&self) -> bool {
        let waiting = self.unsaved_messages.load(Ordering::Relaxed);
        if waiting < MAX_UNSAVED_MESSAGES && !self.is_closed.load(Ordering::Relaxed) {
            self.unsaved_messages.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        self.tracker.count_unsaved_messages(1);
        false
    }

    /// Releases the room of messages that were written or lost.
    pub(super) fn release_messages(&self, messages: usize) {
        let release = |waiting: usize| Some(waiting.saturating_sub(messages));
        let _ = self
            .unsaved_messages
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, release);
    }

    /// Counts the changes of an update that is not written. The changes of an update that was
    /// dropped before have been counted.
    pub(super) fn count_lost(&self, update: &ConversationUpdate, reason: &str) {
        if update.late_since.is_some() {
            return;
        }
        let messages = update.messages.len();
        self.release_messages(messages);
        self.tracker.count_unsaved_messages(messages as u64);
        if update.has_changes() {
            self.tracker.count_unsaved_change();
        }
        if update.has_privacy() && !self.has_warned.swap(true, Ordering::Relaxed) {
            reentrancy::log(|| {
                tracing::warn!(
                    reason,
                    "a consent or a content policy was not written to the conversation store, so \
                     other processes do not apply it; the ledger counts further unsaved changes"
                );
            });
        }
    }

    /// Adds an outbox, if there is room. `has_privacy` is whether it has a content policy or a
    /// consent.
    pub(super) fn add(&self, outbox: O, has_privacy: bool) -> Result<(), NotAdded> {
        let limit = self.max_changed * if has_privacy { 2 } else { 1 };
        self.add_within(outbox, limit)
    }

    /// Adds an outbox without a limit. The number of updates that are being written is limited.
    pub(super) fn add_again(&self, outbox: O) -> Result<(), NotAdded> {
        self.add_within(outbox, usize::MAX)
    }

    fn add_within(&self, outbox: O, limit: usize) -> Result<(), NotAdded> {
        let mut changed = self.changed();
        // `close` sets the flag under the same lock.
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(NotAdded::Closed);
        }
        if changed.len() >= limit {
            return Err(NotAdded::Full);
        }
        changed.push_back(outbox);
        Ok(())
    }

    /// Returns the number of conversations that have changes.
    pub(crate) fn changed_count(&self) -> usize {
        self.changed().len()
    }

    /// Removes and returns at most `limit` outboxes that have changes.
    pub(super) fn take_changed(&self, limit: usize) -> Vec<O> {
        let mut changed = self.changed();
        let taken = limit.min(changed.len());
        changed.drain(..taken).collect()
    }

    /// Adds a Conversation Ended event that waits for its claim. Returns the event if there is no
    /// room.
    pub(super) fn add_end(&self, end: E) -> Result<(), E> {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if ends.len() < MAX_ENDS && !self.is_closed.load(Ordering::Relaxed) {
            ends.push(end);
            return Ok(());
        }
        Err(end)
    }

    /// Removes and returns the Conversation Ended events that were requested.
    pub(crate) fn take_ends(&self) -> Vec<E> {
        std::mem::take(&mut *self.ends.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Stops accepting outboxes, messages, and ends.
    pub(super) fn stop(&self) {
        let changed = self.changed();
        self.is_closed.store(true, Ordering::Relaxed);
        drop(changed);
    }

    /// Returns the number of messages that wait to be written or are being written.
    #[cfg(test)]
    pub(crate) fn waiting_messages(&self) -> usize {
        self.unsaved_messages.load(Ordering::Relaxed)
    }

    fn changed(&self) -> MutexGuard<'_, VecDeque<O>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
