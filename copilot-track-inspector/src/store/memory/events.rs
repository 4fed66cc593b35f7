//! Events in memory, with their indexes.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use super::{IdMap, envelopes::EnvelopeIndex, users::LastEvents};
use crate::{
    conversation::{position::Position, record::ConversationRecord},
    event::{heap::heap_bytes, model::Event},
    numbers::totals::Totals,
    store::{
        error::StoreError,
        history::link_to_history,
        status::{Capacity, StoreStatus},
    },
};

/// The approximate memory that requests take while they are read, in bytes. This includes memory
/// that the allocator keeps for the next requests.
const REQUEST_BYTES: u64 = 8 << 20;

/// Returns the maximum size of the events and their indexes, in bytes. With the memory for
/// requests, the program then takes about `capacity`. At most one sixth is reserved for requests.
fn max_event_bytes(capacity: u64) -> u64 {
    capacity - REQUEST_BYTES.min(capacity / 6)
}

/// Returns the approximate size of a conversation in memory, in bytes: its entry, the texts in its
/// summary, and its places in the indexes.
fn conversation_bytes(id: &str) -> usize {
    size_of::<ConversationEntry>() + 900 + 3 * heap_bytes(id.len())
}

/// A store of events in memory.
#[derive(Debug)]
pub(in crate::store) struct MemoryStore {
    capacity: Capacity,
    /// The events, oldest first. Their sequence numbers are consecutive, except where conversations
    /// were deleted.
    pub(super) events: VecDeque<Arc<Event>>,
    bytes: usize,
    pub(super) conversations: IdMap<Box<ConversationEntry>>,
    /// The ids of the conversations, by the sequence number of their last event.
    pub(super) order: BTreeMap<u64, Arc<str>>,
    envelopes: EnvelopeIndex,
    pub(super) users: LastEvents,
    pub(super) totals: Box<Totals>,
    last_seq: u64,
    evicted: u64,
    bad: u64,
    resets: u64,
}

#[derive(Debug)]
pub(super) struct ConversationEntry {
    /// The id, which the order of conversations shares.
    id: Arc<str>,
    pub(super) record: ConversationRecord,
    /// The positions of the conversation's events, in order.
    pub(super) positions: BTreeSet<Position>,
}

impl MemoryStore {
    pub(in crate::store) fn new(capacity: Capacity) -> Self {
        Self {
            capacity,
            events: VecDeque::new(),
            bytes: 0,
            conversations: IdMap::default(),
            order: BTreeMap::new(),
            envelopes: EnvelopeIndex::default(),
            users: LastEvents::default(),
            totals: Box::default(),
            last_seq: 0,
            evicted: 0,
            bad: 0,
            resets: 0,
        }
    }

    pub(in crate::store) fn status(&self) -> StoreStatus {
        let events = self.events.len() as u64;
        StoreStatus {
            last_seq: self.last_seq,
            first_seq: self.events.front().map_or(self.last_seq + 1, |it| it.seq),
            events,
            conversations: self.conversations.len() as u64,
            evicted: self.evicted,
            good: events - self.bad,
            bad: self.bad,
            resets: self.resets,
        }
    }

    pub(in crate::store) fn append(&mut self, mut event: Event) -> Result<Arc<Event>, StoreError> {
        link_to_history(&mut event, self)?;
        self.last_seq += 1;
        event.seq = self.last_seq;
        self.add_to_conversation(&mut event);
        self.totals.add(&event);
        let event = Arc::new(event);
        self.bytes += event.memory_bytes();
        self.bad += u64::from(!event.verdict.is_good());
        if let Some(id) = event.envelope_id.as_deref() {
            let has_id = has_envelope_id(&self.events, id);
            self.envelopes.insert(id, event.seq, has_id);
        }
        self.events.push_back(Arc::clone(&event));
        self.evict_excess();
        Ok(event)
    }

    /// Replaces an event by the same event with another verdict.
    pub(super) fn replace(&mut self, event: Event) {
        let index = self.index(event.seq);
        let Some(stored) = self.events.get_mut(index) else {
            return;
        };
        let old = std::mem::replace(stored, Arc::new(event));
        self.totals.remove(&old);
        self.totals.add(stored);
        self.bytes = (self.bytes + stored.memory_bytes()).saturating_sub(old.memory_bytes());
        self.bad += u64::from(!stored.verdict.is_good());
        self.bad -= u64::from(!old.verdict.is_good());
        let id = old.conversation_id.as_deref().unwrap_or_default();
        if let Some(entry) = self.conversations.get_mut(id) {
            entry.record.replace_verdict(&old.verdict, &stored.verdict);
        }
    }

    /// Removes the oldest events until the capacity is no longer exceeded.
    pub(super) fn evict_excess(&mut self) {
        while self.events.len() as u64 > self.capacity.events
            || self.bytes as u64 > max_event_bytes(self.capacity.bytes)
        {
            self.evict();
        }
        let first = self.events.front().map_or(self.last_seq, |event| event.seq);
        self.envelopes.remove_evicted(first, self.events.len());
    }

    /// Adds an event to its conversation, and determines whether it is late.
    fn add_to_conversation(&mut self, event: &mut Event) {
        let id = event.conversation_id.as_deref().unwrap_or_default();
        let entry = if let Some(entry) = self.conversations.get_mut(id) {
            entry
        } else {
            self.bytes += conversation_bytes(id);
            let entry = Box::new(ConversationEntry {
                id: Arc::from(id),
                record: ConversationRecord::new(id, event),
                positions: BTreeSet::new(),
            });
            self.conversations.entry(id.to_owned()).or_insert(entry)
        };
        event.late = entry.record.timeline.is_late(event);
        event.answer_ms = entry.record.timeline.answer_ms(event);
        self.order.remove(&entry.record.summary.last_seq);
        let is_new = entry.positions.is_empty();
        let before = entry.record.message_count().filter(|_| !is_new);
        entry.record.add_event(event);
        self.totals
            .change_conversation(before, entry.record.message_count());
        entry.positions.insert(Position::of(event));
        self.order.insert(event.seq, Arc::clone(&entry.id));
        if !entry.id.is_empty() {
            self.users.record(event);
        }
    }

    fn evict(&mut self) {
        let Some(event) = self.events.pop_front() else {
            self.bytes = 0;
            return;
        };
        self.evicted += 1;
        self.forget(&event);
        let id = event.conversation_id.as_deref().unwrap_or_default();
        let Some(entry) = self.conversations.get_mut(id) else {
            return;
        };
        let before = entry.record.message_count();
        entry.positions.remove(&Position::of(&event));
        entry.record.remove_event(&event);
        let after = entry.record.message_count();
        let after = after.filter(|_| !entry.positions.is_empty());
        self.totals.change_conversation(before, after);
        if entry.positions.is_empty() {
            let last = entry.record.summary.last_seq;
            self.order.remove(&last);
            self.bytes = self.bytes.saturating_sub(conversation_bytes(id));
            self.conversations.remove(id);
        }
    }

    /// Removes an event from the totals and from the index of users.
    fn forget(&mut self, event: &Event) {
        self.totals.remove(event);
        self.bytes = self.bytes.saturating_sub(event.memory_bytes());
        self.bad -= u64::from(!event.verdict.is_good());
        self.users.forget(event);
    }

    /// Deletes a conversation and returns the number of its events.
    pub(in crate::store) fn delete_conversation(&mut self, id: &str) -> u64 {
        let Some(entry) = self.conversations.remove(id) else {
            return 0;
        };
        self.order.remove(&entry.record.summary.last_seq);
        self.bytes = self.bytes.saturating_sub(conversation_bytes(id));
        self.totals
            .change_conversation(entry.record.message_count(), None);
        for position in &entry.positions {
            if let Some(event) = self.get(position.seq).cloned() {
                self.forget(&event);
                if let Some(id) = event.envelope_id.as_deref() {
                    self.envelopes.remove(id, event.seq);
                }
            }
        }
        self.events
            .retain(|event| event.conversation_id.as_deref().unwrap_or_default() != id);
        entry.positions.len() as u64
    }

    pub(in crate::store) fn reset(&mut self) -> u64 {
        let deleted = self.events.len() as u64;
        let fresh = Self::new(self.capacity);
        let old = std::mem::replace(self, fresh);
        self.last_seq = old.last_seq;
        self.resets = old.resets + 1;
        deleted
    }

    /// Returns the position of the event with this sequence number. An event that is no longer
    /// stored was before all stored events.
    pub(super) fn position_of(&self, seq: u64) -> Position {
        match self.get(seq) {
            Some(event) => Position::of(event),
            None if seq > self.last_seq => Position::END,
            None => Position::START,
        }
    }

    /// Returns the last event with this envelope id.
    pub(super) fn by_envelope_id(&self, id: &str) -> Option<&Arc<Event>> {
        let seq = self.envelopes.get(id, has_envelope_id(&self.events, id))?;
        self.get(seq)
    }

    /// Returns the index in `events` of the event with this sequence number or, if the event is not
    /// stored, the index at which it would be.
    pub(super) fn index(&self, seq: u64) -> usize {
        index(&self.events, seq)
    }

    pub(super) fn get(&self, seq: u64) -> Option<&Arc<Event>> {
        get(&self.events, seq)
    }
}

fn index(events: &VecDeque<Arc<Event>>, seq: u64) -> usize {
    let first = events.front().map_or(seq, |event| event.seq);
    let offset = usize::try_from(seq.saturating_sub(first)).unwrap_or(usize::MAX);
    match events.get(offset) {
        Some(event) if event.seq == seq => offset,
        // Events before this one were deleted, or this event is not stored.
        _ => events.partition_point(|event| event.seq < seq),
    }
}

fn get(events: &VecDeque<Arc<Event>>, seq: u64) -> Option<&Arc<Event>> {
    let event = events.get(index(events, seq))?;
    (event.seq == seq).then_some(event)
}

/// Returns a function that returns whether the event with a sequence number has this envelope id.
fn has_envelope_id(events: &VecDeque<Arc<Event>>, id: &str) -> impl Fn(u64) -> bool {
    move |seq| get(events, seq).is_some_and(|event| event.envelope_id.as_deref() == Some(id))
}
