//! The events, and what finds them.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use crate::{
    event::model::Event,
    store::{
        conversation::Conversation,
        event_store::{Capacity, Filter, Listed, Page, Shelf, Status, StoreError, Wanted},
        history::{Before, place, user_keys},
        search::Needle,
    },
};

/// What is kept beside the text of a conversation, about.
const CONVERSATION_WEIGHT: usize = 512;

#[derive(Debug)]
pub(in crate::store) struct Memory {
    capacity: Capacity,
    /// Without gaps, oldest first.
    events: VecDeque<Arc<Event>>,
    bytes: usize,
    conversations: HashMap<Arc<str>, Kept>,
    /// Conversations by their last event.
    order: BTreeMap<u64, Arc<str>>,
    envelopes: HashMap<String, u64>,
    /// The last event of each user in a conversation.
    users: HashMap<String, u64>,
    last_seq: u64,
    evicted: u64,
    bad: u64,
    resets: u64,
}

#[derive(Debug)]
struct Kept {
    conversation: Conversation,
    /// Its events, oldest first.
    seqs: VecDeque<u64>,
}

/// Conversations and their events, newest first, that may have what is searched for.
pub(in crate::store) struct Candidates(Vec<(Conversation, Vec<Arc<Event>>)>);

impl Candidates {
    pub(in crate::store) fn with(self, needle: &Needle, limit: usize) -> Listed<Conversation> {
        let mut found = self
            .0
            .into_iter()
            .filter(|(_, events)| events.iter().any(|event| needle.is_in_event(event)))
            .map(|(conversation, _)| conversation);
        let items = found.by_ref().take(limit).collect();
        Listed {
            items,
            more: found.next().is_some(),
        }
    }
}

impl Memory {
    pub(in crate::store) fn new(capacity: Capacity) -> Self {
        Self {
            capacity,
            events: VecDeque::new(),
            bytes: 0,
            conversations: HashMap::new(),
            order: BTreeMap::new(),
            envelopes: HashMap::new(),
            users: HashMap::new(),
            last_seq: 0,
            evicted: 0,
            bad: 0,
            resets: 0,
        }
    }

    pub(in crate::store) fn now(&self) -> Status {
        let events = self.events.len() as u64;
        Status {
            last_seq: self.last_seq,
            first_seq: self.last_seq + 1 - events,
            events,
            conversations: self.conversations.len() as u64,
            evicted: self.evicted,
            good: events - self.bad,
            bad: self.bad,
            resets: self.resets,
        }
    }

    pub(in crate::store) fn append(&mut self, mut event: Event) -> Result<Arc<Event>, StoreError> {
        place(&mut event, self)?;
        self.last_seq += 1;
        event.seq = self.last_seq;
        let event = Arc::new(event);
        self.index(&event);
        self.bytes += event.weight();
        self.bad += u64::from(!event.verdict.is_good());
        if let Some(id) = &event.envelope_id {
            self.envelopes.insert(id.clone(), event.seq);
        }
        self.events.push_back(Arc::clone(&event));
        while self.events.len() as u64 > self.capacity.events
            || self.bytes as u64 > self.capacity.bytes
        {
            self.evict();
        }
        Ok(event)
    }

    fn index(&mut self, event: &Arc<Event>) {
        let id = event.conversation_id.as_deref().unwrap_or_default();
        let id = if let Some((id, _)) = self.conversations.get_key_value(id) {
            Arc::clone(id)
        } else {
            self.bytes += CONVERSATION_WEIGHT + id.len();
            Arc::from(id)
        };
        let kept = self
            .conversations
            .entry(Arc::clone(&id))
            .or_insert_with(|| Kept {
                conversation: Conversation::new(&id, event),
                seqs: VecDeque::new(),
            });
        self.order.remove(&kept.conversation.last_seq);
        kept.conversation.add(event);
        kept.seqs.push_back(event.seq);
        self.order.insert(event.seq, Arc::clone(&id));
        if !id.is_empty() {
            for user in user_keys(event.user_id.as_deref(), event.anonymous_id.as_deref()) {
                self.users.insert(user, event.seq);
            }
        }
    }

    fn evict(&mut self) {
        let Some(event) = self.events.pop_front() else {
            self.bytes = 0;
            return;
        };
        self.bytes = self.bytes.saturating_sub(event.weight());
        self.evicted += 1;
        self.bad -= u64::from(!event.verdict.is_good());
        if let Some(id) = &event.envelope_id
            && self.envelopes.get(id) == Some(&event.seq)
        {
            self.envelopes.remove(id);
        }
        for user in user_keys(event.user_id.as_deref(), event.anonymous_id.as_deref()) {
            if self.users.get(&user) == Some(&event.seq) {
                self.users.remove(&user);
            }
        }
        let id = event.conversation_id.as_deref().unwrap_or_default();
        let Some(kept) = self.conversations.get_mut(id) else {
            return;
        };
        kept.seqs.pop_front();
        kept.conversation.forget(&event);
        if kept.seqs.is_empty() {
            let last = kept.conversation.last_seq;
            self.order.remove(&last);
            self.bytes = self.bytes.saturating_sub(CONVERSATION_WEIGHT + id.len());
            self.conversations.remove(id);
        }
    }

    pub(in crate::store) fn reset(&mut self) -> u64 {
        let deleted = self.events.len() as u64;
        let fresh = Self::new(self.capacity);
        let old = std::mem::replace(self, fresh);
        self.last_seq = old.last_seq;
        self.resets = old.resets + 1;
        deleted
    }

    /// Those that a list wants but for its query, newest first.
    fn wanted(&self, wanted: &Wanted) -> impl Iterator<Item = &Kept> {
        let (problems, ended) = (wanted.problems, wanted.ended);
        self.order
            .range(..wanted.before.unwrap_or(u64::MAX))
            .rev()
            .filter_map(|(_, id)| self.conversations.get(id))
            .filter(move |kept| {
                problems.is_none_or(|wanted| wanted == (kept.conversation.problems > 0))
                    && ended.is_none_or(|wanted| wanted == kept.conversation.ended)
            })
    }

    /// The same with their events, to be searched while others write.
    pub(in crate::store) fn candidates(&self, wanted: &Wanted) -> Candidates {
        let events = |kept: &Kept| {
            kept.seqs
                .iter()
                .rev()
                .filter_map(|seq| self.get(*seq))
                .cloned()
                .collect()
        };
        Candidates(
            self.wanted(wanted)
                .map(|kept| (kept.conversation.clone(), events(kept)))
                .collect(),
        )
    }

    fn first_seq(&self) -> u64 {
        self.last_seq + 1 - self.events.len() as u64
    }

    /// Where the event of this number is, or would be.
    fn position(&self, seq: u64) -> usize {
        let offset = seq.saturating_sub(self.first_seq());
        usize::try_from(offset).map_or(self.events.len(), |offset| offset.min(self.events.len()))
    }

    fn get(&self, seq: u64) -> Option<&Arc<Event>> {
        let event = self.events.get(self.position(seq))?;
        (event.seq == seq).then_some(event)
    }
}

/// The first events, at most so many and, past the first, so many bytes.
pub(in crate::store) fn fitting(
    events: impl Iterator<Item = Arc<Event>>,
    most: usize,
    bytes: usize,
) -> Vec<Arc<Event>> {
    let mut left = bytes;
    let fits = |(index, event): &(usize, Arc<Event>)| {
        let fits = *index == 0 || event.raw.len() <= left;
        left = left.saturating_sub(event.raw.len());
        fits
    };
    let events = events.take(most).enumerate().take_while(fits);
    events.map(|(_, event)| event).collect()
}

impl Shelf for Memory {
    fn event(&self, seq: u64) -> Result<Option<Arc<Event>>, StoreError> {
        Ok(self.get(seq).cloned())
    }

    fn after(&self, seq: u64, most: usize, bytes: usize) -> Result<Vec<Arc<Event>>, StoreError> {
        let from = self.position(seq.saturating_add(1));
        Ok(fitting(self.events.range(from..).cloned(), most, bytes))
    }

    fn conversation(&self, id: &str) -> Result<Option<Conversation>, StoreError> {
        Ok(self
            .conversations
            .get(id)
            .map(|kept| kept.conversation.clone()))
    }

    fn events_of(
        &self,
        id: &str,
        page: Page,
        limit: usize,
        bytes: usize,
    ) -> Result<Listed<Arc<Event>>, StoreError> {
        let Some(kept) = self.conversations.get(id) else {
            return Ok(Listed {
                items: Vec::new(),
                more: false,
            });
        };
        let all = kept.seqs.len();
        let range = match page {
            Page::Last => 0..all,
            Page::Before(seq) => 0..kept.seqs.partition_point(|known| *known < seq),
            Page::After(seq) => kept.seqs.partition_point(|known| *known <= seq)..all,
        };
        let within = range.len();
        let seqs = kept.seqs.range(range);
        let event = |seq: &u64| self.get(*seq).cloned();
        let items = if let Page::After(_) = page {
            fitting(seqs.filter_map(event), limit, bytes)
        } else {
            let mut items = fitting(seqs.rev().filter_map(event), limit, bytes);
            items.reverse();
            items
        };
        Ok(Listed {
            more: items.len() < within,
            items,
        })
    }

    fn conversations(&self, wanted: &Wanted) -> Result<Listed<Conversation>, StoreError> {
        let most = wanted.limit.saturating_add(1);
        let mut items: Vec<_> = self
            .wanted(wanted)
            .take(most)
            .map(|kept| kept.conversation.clone())
            .collect();
        let more = items.len() > wanted.limit;
        items.truncate(wanted.limit);
        Ok(Listed { items, more })
    }

    fn select(
        &self,
        filter: &Filter,
        limit: usize,
        bytes: usize,
    ) -> Result<Listed<Arc<Event>>, StoreError> {
        let from = self.position(filter.after.saturating_add(1));
        let mut items = Vec::new();
        let mut left = bytes;
        for event in self
            .events
            .range(from..)
            .filter(|event| filter.takes(event))
        {
            if items.len() == limit || (!items.is_empty() && event.raw.len() > left) {
                return Ok(Listed { items, more: true });
            }
            left = left.saturating_sub(event.raw.len());
            items.push(Arc::clone(event));
        }
        Ok(Listed { items, more: false })
    }

    fn count(&self, filter: &Filter, most: usize) -> Result<usize, StoreError> {
        let from = self.position(filter.after.saturating_add(1));
        let events = self.events.range(from..);
        Ok(events
            .filter(|event| filter.takes(event))
            .take(most)
            .count())
    }
}

impl Before for Memory {
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
