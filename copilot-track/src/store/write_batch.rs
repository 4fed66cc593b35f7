//! Updates that are written together.

use std::ops::Range;
use std::sync::Arc;

use crate::store::conversation_update::ConversationUpdate;

/// Updates that are written together. Each comes from a source of type `S`.
#[derive(Debug)]
pub(crate) struct WriteBatch<S> {
    taken: Arc<Taken<S>>,
    range: Range<usize>,
}

/// Updates that were taken at the same time, and their sources.
#[derive(Debug)]
struct Taken<S> {
    updates: Vec<ConversationUpdate>,
    sources: Vec<S>,
}

impl<S> WriteBatch<S> {
    pub(super) fn new(taken: impl IntoIterator<Item = (ConversationUpdate, S)>) -> Self {
        let (updates, sources): (Vec<_>, Vec<_>) = taken.into_iter().unzip();
        let range = 0..updates.len();
        Self {
            taken: Arc::new(Taken { updates, sources }),
            range,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.range.len()
    }

    pub(crate) fn updates(&self) -> &[ConversationUpdate] {
        &self.taken.updates[self.range.clone()]
    }

    /// Iterates over the updates and their sources.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&ConversationUpdate, &S)> {
        let sources = &self.taken.sources[self.range.clone()];
        self.updates().iter().zip(sources)
    }

    /// Returns another handle to the same updates.
    pub(crate) fn share(&self) -> Self {
        self.part(self.range.clone())
    }

    /// Returns the two halves of the batch.
    pub(crate) fn halves(&self) -> [Self; 2] {
        let Range { start, end } = self.range;
        let middle = start + self.len() / 2;
        [self.part(start..middle), self.part(middle..end)]
    }

    fn part(&self, range: Range<usize>) -> Self {
        Self {
            taken: Arc::clone(&self.taken),
            range,
        }
    }
}
