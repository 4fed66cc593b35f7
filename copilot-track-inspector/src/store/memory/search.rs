//! A search that holds the store's lock only for short steps.

use std::{
    cmp::Reverse,
    collections::HashSet,
    sync::{Arc, Mutex},
};

use super::events::{ConversationEntry, MemoryStore};
use crate::{
    conversation::{position::Position, summary::Conversation},
    event::model::Event,
    store::{
        error::StoreError,
        lock::lock,
        query::{ConversationQuery, Page},
    },
};

/// The maximum number of conversations that one step visits.
const MAX_CONVERSATIONS_PER_STEP: usize = 256;
/// The maximum number of events that one step copies. Only references are copied.
const MAX_EVENTS_PER_STEP: usize = 1_024;

/// Access to the store for one step of a search.
pub(in crate::store) trait Access {
    fn read<T>(&self, step: impl FnOnce(&MemoryStore) -> T) -> T;
}

impl Access for MemoryStore {
    fn read<T>(&self, step: impl FnOnce(&Self) -> T) -> T {
        step(self)
    }
}

impl Access for Mutex<MemoryStore> {
    fn read<T>(&self, step: impl FnOnce(&MemoryStore) -> T) -> T {
        step(&lock(self))
    }
}

/// Returns the conversations that match a query, newest first.
///
/// Events can arrive between the steps. A conversation with a new event moves to the start of the
/// order, which the search has already passed. Such conversations are therefore searched at the
/// end.
pub(in crate::store) fn find(
    store: &impl Access,
    query: &ConversationQuery,
) -> Result<Page<Conversation>, StoreError> {
    let before = query.before.unwrap_or(u64::MAX);
    let last = store.read(|store| store.status().last_seq);
    let mut found = Vec::new();
    find_between(store, query, (0, before), &mut found)?;
    let mut items = Vec::new();
    if query.before.is_none() {
        find_between(store, query, (last, before), &mut items)?;
    }
    let is_new: HashSet<String> = items.iter().map(|it| it.id.clone()).collect();
    items.extend(found.into_iter().filter(|it| !is_new.contains(&it.id)));
    items.sort_by_key(|it| Reverse(it.last_seq));
    let more = items.len() > query.limit;
    items.truncate(query.limit);
    Ok(Page { items, more })
}

/// Adds the matching conversations whose last event is between these two events. Stops when there
/// are more than the page can contain. If an event arrives in a conversation that a step has
/// visited, the conversation no longer belongs to a page that ends before this event.
fn find_between(
    store: &impl Access,
    query: &ConversationQuery,
    (after, mut before): (u64, u64),
    found: &mut Vec<Conversation>,
) -> Result<(), StoreError> {
    loop {
        check_cancelled(query)?;
        let (ids, next) = store.read(|store| store.candidates(query, after, before));
        for id in ids {
            if !has_matching_event(store, query, &id)? {
                continue;
            }
            let summary =
                store.read(|store| Some(store.candidate(query, &id)?.record.to_summary()));
            let is_on_page = |it: &Conversation| query.before.is_none_or(|end| it.last_seq < end);
            found.extend(summary.filter(is_on_page));
            if found.len() > query.limit {
                return Ok(());
            }
        }
        match next {
            Some(next) => before = next,
            None => return Ok(()),
        }
    }
}

/// Returns whether an event of a conversation meets the conditions on events.
fn has_matching_event(
    store: &impl Access,
    query: &ConversationQuery,
    id: &str,
) -> Result<bool, StoreError> {
    let Some(search) = query.search.as_ref().filter(|it| it.has_conditions()) else {
        return Ok(true);
    };
    let mut before = Position::END;
    loop {
        let events = store.read(|store| store.events_before(id, before));
        for event in &events {
            check_cancelled(query)?;
            if search.matches(event) {
                return Ok(true);
            }
        }
        match events.last() {
            Some(event) if events.len() == MAX_EVENTS_PER_STEP => before = Position::of(event),
            _ => return Ok(false),
        }
    }
}

fn check_cancelled(query: &ConversationQuery) -> Result<(), StoreError> {
    if query.cancelled.is_set() {
        return Err(StoreError::Cancelled);
    }
    Ok(())
}

impl MemoryStore {
    /// Visits the conversations whose last event is between these two events, newest first. Returns
    /// the ids of those that meet the conditions on conversations. If there are conversations left
    /// to visit, also returns the last event of the last visited one.
    fn candidates(
        &self,
        query: &ConversationQuery,
        after: u64,
        before: u64,
    ) -> (Vec<Arc<str>>, Option<u64>) {
        let range = after.saturating_add(1)..before.max(after.saturating_add(1));
        let mut last_visited = None;
        let mut ids = Vec::new();
        for (visited, (last, id)) in self.order.range(range).rev().enumerate() {
            if visited == MAX_CONVERSATIONS_PER_STEP {
                return (ids, last_visited);
            }
            last_visited = Some(*last);
            if self.candidate(query, id).is_some() {
                ids.push(Arc::clone(id));
            }
        }
        (ids, None)
    }

    /// Returns a conversation if it meets the conditions on conversations.
    fn candidate(&self, query: &ConversationQuery, id: &str) -> Option<&ConversationEntry> {
        let entry = self.conversations.get(id)?;
        let record = &entry.record;
        let is_candidate = query.problems.is_none_or(|it| it == record.has_problem())
            && query.ended.is_none_or(|it| it == record.summary.ended)
            && query
                .search
                .as_ref()
                .is_none_or(|it| it.allows_messages(record.message_count()));
        is_candidate.then_some(&**entry)
    }

    /// Returns the last events of a conversation before a position, from the last to the first.
    fn events_before(&self, id: &str, before: Position) -> Vec<Arc<Event>> {
        let Some(entry) = self.conversations.get(id) else {
            return Vec::new();
        };
        let positions = entry.positions.range(..before).rev();
        positions
            .filter_map(|position| self.get(position.seq))
            .take(MAX_EVENTS_PER_STEP)
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;
    use crate::{
        ingest::import::read_lines,
        search::validate::Search,
        store::{cancel::CancelOnDrop, status::Capacity},
        timestamp::Timestamp,
    };

    fn append(store: &mut MemoryStore, conversation: &str, text: &str) {
        let line = format!(
            r#"{{"type":"track","event":"Message Sent","userId":"u","properties":{{"conversationId":"{conversation}","message_body":"{text}"}}}}"#
        );
        let event = read_lines(std::iter::once(&*line)).remove(0).unwrap();
        store.append(event).unwrap();
    }

    fn store() -> MemoryStore {
        MemoryStore::new(Capacity {
            events: 100_000,
            bytes: 1 << 30,
        })
    }

    fn query(search: &str) -> ConversationQuery {
        ConversationQuery {
            limit: 10,
            search: Some(Search::new(search, Timestamp::now()).unwrap()),
            ..ConversationQuery::default()
        }
    }

    fn ids(page: &Page<Conversation>) -> Vec<&str> {
        page.items.iter().map(|it| &*it.id).collect()
    }

    #[test]
    fn an_abandoned_search_stops() {
        let mut store = store();
        append(&mut store, "c", "text");
        for search in ["text", "messages:1", "messages:2"] {
            let cancel = CancelOnDrop::default();
            let mut query = query(search);
            query.cancelled = cancel.flag();
            find(&store, &query).unwrap();
            drop(cancel);
            let found = find(&store, &query);
            assert!(matches!(found, Err(StoreError::Cancelled)), "{search}");
        }
    }

    /// A store to which an event is added before each step, and which counts the steps.
    struct Interleaved {
        store: RefCell<MemoryStore>,
        steps: Cell<usize>,
        arrive: fn(&mut MemoryStore, usize),
    }

    impl Access for Interleaved {
        fn read<T>(&self, step: impl FnOnce(&MemoryStore) -> T) -> T {
            (self.arrive)(&mut self.store.borrow_mut(), self.steps.get());
            self.steps.set(self.steps.get() + 1);
            step(&self.store.borrow())
        }
    }

    fn interleaved(store: MemoryStore, arrive: fn(&mut MemoryStore, usize)) -> Interleaved {
        Interleaved {
            store: RefCell::new(store),
            steps: Cell::new(0),
            arrive,
        }
    }

    #[test]
    fn each_step_reads_a_bounded_part_of_the_store() {
        let mut store = store();
        for number in 0..3 * MAX_CONVERSATIONS_PER_STEP {
            append(&mut store, &format!("c{number}"), "short");
        }
        for _ in 0..3 * MAX_EVENTS_PER_STEP {
            append(&mut store, "long", "text");
        }
        assert_eq!(
            store.events_before("long", Position::END).len(),
            MAX_EVENTS_PER_STEP
        );
        let all = query("messages:1..");
        let (ids, next) = store.candidates(&all, 0, u64::MAX);
        assert_eq!(ids.len(), MAX_CONVERSATIONS_PER_STEP);
        assert!(next.is_some());
        let store = interleaved(store, |_, _| {});
        let found = find(&store, &query("messages:10..")).unwrap();
        assert_eq!(self::ids(&found), ["long"]);
        // The last event when the search began, four steps of conversations, the summary, and the
        // conversations with new events.
        assert_eq!(store.steps.get(), 7);
        store.steps.set(0);
        assert!(find(&store, &query("nothing")).unwrap().items.is_empty());
        // In addition, one step for each short conversation, and four for the long one.
        assert_eq!(store.steps.get(), 6 + 3 * MAX_CONVERSATIONS_PER_STEP + 4);
    }

    #[test]
    fn a_conversation_that_continues_during_the_search_is_found_once() {
        let mut store = store();
        for number in 0..300 {
            append(&mut store, &format!("c{number}"), "text");
        }
        // Both conversations move to the start of the order: the first before the search has
        // visited it, and the second after the search has found it.
        let store = interleaved(store, |store, step| match step {
            2 => append(store, "c0", "more"),
            100 => append(store, "c299", "more"),
            _ => {}
        });
        let query = ConversationQuery {
            limit: 1_000,
            ..query("text")
        };
        let found = find(&store, &query).unwrap();
        let ids = ids(&found);
        assert_eq!(ids.get(..3).unwrap(), ["c299", "c0", "c298"]);
        assert_eq!(ids.len(), 300);
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 300);
    }

    #[test]
    fn a_page_is_in_order_although_conversations_continue_during_the_search() {
        let store = |arrive| {
            let mut store = store();
            for conversation in ["c0", "c1", "c2"] {
                append(&mut store, conversation, "text");
            }
            interleaved(store, arrive)
        };
        // The conversation gets an event after a step has visited it.
        let before = ConversationQuery {
            before: Some(4),
            ..query("text")
        };
        let found = store(|store, step| {
            if step == 3 {
                append(store, "c0", "more");
            }
        });
        let found = find(&found, &before).unwrap();
        assert_eq!(ids(&found), ["c2", "c1"]);

        // The first step of the second part of the search is the eighth.
        let found = store(|store, step| match step {
            2 => {
                append(store, "c0", "more");
                append(store, "c1", "more");
            }
            9 => append(store, "c0", "more"),
            _ => {}
        });
        let found = find(&found, &query("text")).unwrap();
        assert_eq!(ids(&found), ["c0", "c1", "c2"]);
    }
}
