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
    /// Returns events after `seq`: at most `max_events`, and at most `max_bytes` bytes of calls.
    /// The first event is returned even if it is larger.
    fn after(
        &self,
        seq: u64,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError>;
    fn conversation(&self, id: &str) -> Result<Option<Conversation>, StoreError>;
    /// Returns a page of a conversation's events in order of arrival: at most `limit`, and at most
    /// `max_bytes` bytes of calls. The first event is returned even if it is larger.
    fn conversation_events(
        &self,
        id: &str,
        cursor: Cursor,
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page<Arc<Event>>, StoreError>;
    fn conversations(&self, query: &ConversationQuery) -> Result<Page<Conversation>, StoreError>;
    /// Returns the first events that match a filter: at most `limit`, and at most `max_bytes` bytes
    /// of calls. The first event is returned even if it is larger.
    fn select(
        &self,
        filter: &EventFilter,
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page<Arc<Event>>, StoreError>;
    /// Counts the events that match a filter, up to `max_events`.
    fn count(&self, filter: &EventFilter, max_events: usize) -> Result<usize, StoreError>;
}

/// Returns the first events: at most `max_events`, and at most `max_bytes` bytes of calls. The
/// first event is returned even if it is larger.
pub(super) fn take_fitting(
    events: impl Iterator<Item = Arc<Event>>,
    max_events: usize,
    max_bytes: usize,
) -> Vec<Arc<Event>> {
    let mut remaining_bytes = max_bytes;
    let fits = |(index, event): &(usize, Arc<Event>)| {
        let fits = *index == 0 || event.raw.len() <= remaining_bytes;
        remaining_bytes = remaining_bytes.saturating_sub(event.raw.len());
        fits
    };
    let events = events.take(max_events).enumerate().take_while(fits);
    events.map(|(_, event)| event).collect()
}
