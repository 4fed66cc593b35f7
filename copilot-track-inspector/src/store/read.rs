//! Read access, which both backends implement.

use std::sync::Arc;

use super::{
    conversation::Conversation,
    error::StoreError,
    query::{ConversationQuery, Cursor, EventFilter, Page},
};
use crate::event::model::Event;

/// Read access to the store.
pub(crate) trait ReadStore {
    fn event(&self, seq: u64) -> Result<Option<Arc<Event>>, StoreError>;
    /// Returns events after `seq`: at most `max_events`, and at most `bytes` bytes of calls after
    /// the first.
    fn after(
        &self,
        seq: u64,
        max_events: usize,
        bytes: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError>;
    fn conversation(&self, id: &str) -> Result<Option<Conversation>, StoreError>;
    /// Returns a page of a conversation's events in their order: at most `limit`, and at most
    /// `bytes` bytes of calls after the first.
    fn conversation_events(
        &self,
        id: &str,
        cursor: Cursor,
        limit: usize,
        bytes: usize,
    ) -> Result<Page<Arc<Event>>, StoreError>;
    fn conversations(&self, query: &ConversationQuery) -> Result<Page<Conversation>, StoreError>;
    /// Returns the first events that match a filter: at most `limit`, and at most `bytes` bytes of
    /// calls after the first.
    fn select(
        &self,
        filter: &EventFilter,
        limit: usize,
        bytes: usize,
    ) -> Result<Page<Arc<Event>>, StoreError>;
    /// Counts the events that match a filter, up to `max_events`.
    fn count(&self, filter: &EventFilter, max_events: usize) -> Result<usize, StoreError>;
}

/// Returns the first events: at most `max_events`, and at most `bytes` bytes of calls after the
/// first.
pub(super) fn take_fitting(
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
