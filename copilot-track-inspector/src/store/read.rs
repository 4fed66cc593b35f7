//! What both kinds of store can be asked.

use std::sync::Arc;

use super::{
    conversation::Conversation,
    error::StoreError,
    query::{ConversationQuery, Cursor, EventFilter, Page},
};
use crate::event::model::Event;

/// What can be read of what is kept.
pub(crate) trait ReadStore {
    fn event(&self, seq: u64) -> Result<Option<Arc<Event>>, StoreError>;
    /// What follows on an event, at most so many and, past the first, so many bytes.
    fn after(
        &self,
        seq: u64,
        max_events: usize,
        bytes: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError>;
    fn conversation(&self, id: &str) -> Result<Option<Conversation>, StoreError>;
    fn events_of(
        &self,
        id: &str,
        page: Cursor,
        limit: usize,
        bytes: usize,
    ) -> Result<Page<Arc<Event>>, StoreError>;
    fn conversations(&self, query: &ConversationQuery) -> Result<Page<Conversation>, StoreError>;
    fn select(
        &self,
        filter: &EventFilter,
        limit: usize,
        bytes: usize,
    ) -> Result<Page<Arc<Event>>, StoreError>;
    /// How many events a filter takes; it stops to count at `most`.
    fn count(&self, filter: &EventFilter, max_events: usize) -> Result<usize, StoreError>;
}

/// The first events, at most so many and, past the first, so many bytes.
pub(super) fn fitting(
    events: impl Iterator<Item = Arc<Event>>,
    max_events: usize,
    bytes: usize,
) -> Vec<Arc<Event>> {
    let mut left = bytes;
    let fits = |(index, event): &(usize, Arc<Event>)| {
        let fits = *index == 0 || event.raw.len() <= left;
        left = left.saturating_sub(event.raw.len());
        fits
    };
    let events = events.take(max_events).enumerate().take_while(fits);
    events.map(|(_, event)| event).collect()
}
