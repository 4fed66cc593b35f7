//! Read access, which both backends implement.

use std::sync::Arc;

use super::{
    error::StoreError,
    query::{ConversationQuery, Cursor, EventFilter, Page},
};
use crate::{
    conversation::{messages, summary::Conversation},
    event::model::Event,
    numbers::totals::Totals,
};

/// The maximum number of a conversation's events whose message ids are checked.
const MAX_CHECKED_EVENTS: usize = 2_000;
/// The maximum total size of the calls whose message ids are checked, in bytes.
const MAX_CHECKED_BYTES: usize = 16 * 1024 * 1024;

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
    /// Returns a conversation. In addition to the checks of [`conversation`](Self::conversation),
    /// its verdict includes the checks of message ids, for which the events must be read.
    fn judged_conversation(&self, id: &str) -> Result<Option<Conversation>, StoreError> {
        let Some(mut conversation) = self.conversation(id)? else {
            return Ok(None);
        };
        if !id.is_empty() {
            let page =
                self.conversation_events(id, Cursor::Last, MAX_CHECKED_EVENTS, MAX_CHECKED_BYTES)?;
            messages::check(&page.items, !page.more, &mut conversation.verdict);
        }
        Ok(Some(conversation))
    }
    /// Returns a page of a conversation's events in the order in which they happened: at most
    /// `limit`, and at most `max_bytes` bytes of calls. The first event is returned even if it is
    /// larger.
    fn conversation_events(
        &self,
        id: &str,
        cursor: Cursor,
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page<Arc<Event>>, StoreError>;
    fn conversations(&self, query: &ConversationQuery) -> Result<Page<Conversation>, StoreError>;
    /// Returns the first events that match a filter, in order of arrival or, if the filter selects
    /// a conversation, in the order in which they happened: at most `limit`, and at most
    /// `max_bytes` bytes of calls. The first event is returned even if it is larger.
    fn select(
        &self,
        filter: &EventFilter,
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page<Arc<Event>>, StoreError>;
    /// Counts the events that match a filter, up to `max_events`.
    fn count(&self, filter: &EventFilter, max_events: usize) -> Result<usize, StoreError>;
    /// Returns the totals of all stored events.
    fn totals(&self) -> Result<Totals, StoreError>;
}

/// Returns a page of the first events: at most `max_events`, and at most `max_bytes` bytes of
/// calls. The first event is returned even if it is larger.
pub(super) fn take_page(
    events: impl Iterator<Item = Arc<Event>>,
    max_events: usize,
    max_bytes: usize,
) -> Page<Arc<Event>> {
    let mut items: Vec<Arc<Event>> = Vec::new();
    let mut remaining_bytes = max_bytes;
    for event in events {
        let fits = items.is_empty() || event.full_bytes() <= remaining_bytes;
        if items.len() == max_events || !fits {
            return Page { items, more: true };
        }
        remaining_bytes = remaining_bytes.saturating_sub(event.full_bytes());
        items.push(event);
    }
    Page { items, more: false }
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
        let fits = *index == 0 || event.full_bytes() <= remaining_bytes;
        remaining_bytes = remaining_bytes.saturating_sub(event.full_bytes());
        fits
    };
    let events = events.take(max_events).enumerate().take_while(fits);
    events.map(|(_, event)| event).collect()
}
