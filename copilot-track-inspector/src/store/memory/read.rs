//! Read access to events in memory.

use std::{
    ops::Bound::{Excluded, Unbounded},
    sync::Arc,
};

use super::{events::MemoryStore, search};
use crate::{
    conversation::{position::Position, summary::Conversation},
    event::model::Event,
    numbers::totals::Totals,
    store::{
        error::StoreError,
        history::History,
        query::{ConversationQuery, Cursor, EventFilter, Page},
        read::{ReadStore, take_fitting, take_page},
    },
};

impl ReadStore for MemoryStore {
    fn event(&self, seq: u64) -> Result<Option<Arc<Event>>, StoreError> {
        Ok(self.get(seq).cloned())
    }

    fn after(
        &self,
        seq: u64,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        let from = self.index(seq.saturating_add(1));
        Ok(take_fitting(
            self.events.range(from..).cloned(),
            max_events,
            max_bytes,
        ))
    }

    fn conversation(&self, id: &str) -> Result<Option<Conversation>, StoreError> {
        Ok(self
            .conversations
            .get(id)
            .map(|entry| entry.record.to_summary()))
    }

    fn conversation_events(
        &self,
        id: &str,
        cursor: Cursor,
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page<Arc<Event>>, StoreError> {
        let Some(entry) = self.conversations.get(id) else {
            return Ok(Page {
                items: Vec::new(),
                more: false,
            });
        };
        let positions = &entry.positions;
        let event = |position: &Position| self.get(position.seq).cloned();
        let following = |position| {
            let after = positions.range((Excluded(position), Unbounded));
            Ok(take_page(after.filter_map(event), limit, max_bytes))
        };
        let before = match cursor {
            Cursor::Last => positions.range(..),
            Cursor::Before(seq) => positions.range(..self.position_of(seq)),
            Cursor::UpTo(seq) => positions.range(..=self.position_of(seq)),
            Cursor::After(seq) => return following(self.position_of(seq)),
            Cursor::Following(position) => return following(position),
        };
        let mut page = take_page(before.rev().filter_map(event), limit, max_bytes);
        page.items.reverse();
        Ok(page)
    }

    fn conversations(&self, query: &ConversationQuery) -> Result<Page<Conversation>, StoreError> {
        search::find(self, query)
    }

    fn select(
        &self,
        filter: &EventFilter,
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page<Arc<Event>>, StoreError> {
        Ok(take_page(self.selected(filter).cloned(), limit, max_bytes))
    }

    fn count(&self, filter: &EventFilter, max_events: usize) -> Result<usize, StoreError> {
        Ok(self.selected(filter).take(max_events).count())
    }

    fn totals(&self) -> Result<Totals, StoreError> {
        Ok((*self.totals).clone())
    }
}

impl MemoryStore {
    /// Returns the events that match a filter, in the order of [`select`](ReadStore::select).
    fn selected<'a>(
        &'a self,
        filter: &'a EventFilter,
    ) -> Box<dyn Iterator<Item = &'a Arc<Event>> + 'a> {
        let matches = move |event: &&Arc<Event>| filter.matches(event);
        let Some(id) = &filter.conversation else {
            let from = self.index(filter.after.saturating_add(1));
            return Box::new(self.events.range(from..).filter(matches));
        };
        let Some(entry) = self.conversations.get(id.as_str()) else {
            return Box::new(std::iter::empty());
        };
        let after = (Excluded(self.position_of(filter.after)), Unbounded);
        let events = entry
            .positions
            .range(after)
            .filter_map(|position| self.get(position.seq));
        Box::new(events.filter(matches))
    }
}

impl History for MemoryStore {
    fn by_envelope(&self, id: &str) -> Result<Option<Arc<Event>>, StoreError> {
        Ok(self.by_envelope_id(id).cloned())
    }

    fn conversation_of(
        &self,
        user: Option<&str>,
        anonymous: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        Ok(self
            .users
            .of(user, anonymous)
            .find_map(|seq| self.get(seq))
            .and_then(|event| event.conversation_id.as_deref().map(str::to_owned)))
    }
}
