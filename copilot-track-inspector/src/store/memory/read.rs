//! Read access to events in memory.

use std::sync::Arc;

use super::events::MemoryStore;
use crate::{
    event::model::Event,
    store::{
        conversation::Conversation,
        error::StoreError,
        history::{History, user_keys},
        query::{ConversationQuery, Cursor, EventFilter, Page},
        read::{ReadStore, take_fitting},
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
        let from = self.position(seq.saturating_add(1));
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
            .map(|entry| entry.conversation.clone()))
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
        let all = entry.seqs.len();
        let range = match cursor {
            Cursor::Last => 0..all,
            Cursor::Before(seq) => 0..entry.seqs.partition_point(|known| *known < seq),
            Cursor::After(seq) => entry.seqs.partition_point(|known| *known <= seq)..all,
        };
        let within = range.len();
        let seqs = entry.seqs.range(range);
        let event = |seq: &u64| self.get(*seq).cloned();
        let items = if let Cursor::After(_) = cursor {
            take_fitting(seqs.filter_map(event), limit, max_bytes)
        } else {
            let mut items = take_fitting(seqs.rev().filter_map(event), limit, max_bytes);
            items.reverse();
            items
        };
        Ok(Page {
            more: items.len() < within,
            items,
        })
    }

    fn conversations(&self, query: &ConversationQuery) -> Result<Page<Conversation>, StoreError> {
        let mut items: Vec<_> = self
            .matching(query)
            .take(query.limit.saturating_add(1))
            .map(|entry| entry.conversation.clone())
            .collect();
        let more = items.len() > query.limit;
        items.truncate(query.limit);
        Ok(Page { items, more })
    }

    fn select(
        &self,
        filter: &EventFilter,
        limit: usize,
        max_bytes: usize,
    ) -> Result<Page<Arc<Event>>, StoreError> {
        let from = self.position(filter.after.saturating_add(1));
        let mut items = Vec::new();
        let mut remaining_bytes = max_bytes;
        for event in self
            .events
            .range(from..)
            .filter(|event| filter.matches(event))
        {
            if items.len() == limit || (!items.is_empty() && event.raw.len() > remaining_bytes) {
                return Ok(Page { items, more: true });
            }
            remaining_bytes = remaining_bytes.saturating_sub(event.raw.len());
            items.push(Arc::clone(event));
        }
        Ok(Page { items, more: false })
    }

    fn count(&self, filter: &EventFilter, max_events: usize) -> Result<usize, StoreError> {
        let from = self.position(filter.after.saturating_add(1));
        let events = self.events.range(from..);
        Ok(events
            .filter(|event| filter.matches(event))
            .take(max_events)
            .count())
    }
}

impl History for MemoryStore {
    fn by_envelope(&self, id: &str) -> Result<Option<Arc<Event>>, StoreError> {
        Ok(self
            .envelopes
            .get(id)
            .and_then(|seq| self.get(*seq))
            .cloned())
    }

    fn conversation_of(
        &self,
        user: Option<&str>,
        anonymous: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        Ok(user_keys(user, anonymous)
            .find_map(|key| self.get(*self.users.get(&key)?))
            .and_then(|event| event.conversation_id.clone()))
    }
}
