//! The outcomes of the letters that are being replayed.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;

/// The outcome of a letter that is being replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LetterOutcome {
    Delivered,
    /// The event was rejected or expired again, and was written to the tracker's file of dead
    /// letters.
    Rejected,
    /// The event was added to the spool.
    Spooled,
    /// The event was dropped before it was sent: by a hook, or because it is invalid or too large.
    Dropped,
}

/// The letters that are being replayed, by envelope id.
///
/// The delivery thread records outcomes while a replay waits. An event that is lost for any other
/// reason, for example because the queue is full, gets no outcome.
#[derive(Debug, Default)]
pub(crate) struct LetterOutcomes {
    /// The number of letters, so that no event is parsed and no lock is taken without a replay.
    expected: AtomicUsize,
    letters: Mutex<HashMap<String, Option<LetterOutcome>>>,
}

/// The part of an event that identifies it.
#[derive(Deserialize)]
struct EventId<'a> {
    #[serde(rename = "messageId", borrow)]
    id: Cow<'a, str>,
}

impl LetterOutcomes {
    /// Registers a letter. Returns `false` if the letter is already registered: an earlier replay
    /// was cut short and did not learn the letter's outcome.
    pub(crate) fn expect(&self, id: &str) -> bool {
        let mut letters = self.letters();
        let is_new = match letters.entry(id.to_owned()) {
            Entry::Occupied(_) => false,
            Entry::Vacant(entry) => {
                entry.insert(None);
                true
            }
        };
        self.expected.store(letters.len(), Ordering::SeqCst);
        is_new
    }

    /// Records the outcome of an event, if the event is a registered letter.
    pub(crate) fn record(&self, id: &str, outcome: LetterOutcome) {
        if self.is_empty() {
            return;
        }
        if let Some(letter) = self.letters().get_mut(id) {
            *letter = Some(outcome);
        }
    }

    /// Records the outcome of events, which are JSON.
    pub(crate) fn record_events<'a>(
        &self,
        events: impl IntoIterator<Item = &'a [u8]>,
        outcome: LetterOutcome,
    ) {
        if self.is_empty() {
            return;
        }
        for event in events {
            if let Ok(EventId { id }) = serde_json::from_slice(event) {
                self.record(&id, outcome);
            }
        }
    }

    /// Returns the outcome of a letter, if it is known.
    pub(crate) fn get(&self, id: &str) -> Option<LetterOutcome> {
        *self.letters().get(id)?
    }

    /// Removes a letter.
    pub(crate) fn forget(&self, id: &str) {
        let mut letters = self.letters();
        letters.remove(id);
        self.expected.store(letters.len(), Ordering::SeqCst);
    }

    /// Returns the number of registered letters.
    pub(crate) fn len(&self) -> usize {
        self.expected.load(Ordering::SeqCst)
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn letters(&self) -> MutexGuard<'_, HashMap<String, Option<LetterOutcome>>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
