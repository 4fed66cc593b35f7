//! One write transaction. It stores events, evicts the oldest events, and updates conversations and
//! counters.

use std::{collections::HashMap, sync::Arc};

use compact_str::CompactString;
use foldhash::fast::RandomState;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    counters::{Counters, save},
    envelopes::{self, AddedEnvelopes, Envelopes},
    event_row::{
        EVENT_COLUMN_COUNT, EVENT_COLUMNS, EventReader, EventWriter, REQUEST_COLUMN, RowKeys,
        remove_unused_request,
    },
    integers::{signed, unsigned},
    search_index::indexer::Indexer,
    totals,
    users::LastConversations,
};
use crate::{
    conversation::record::ConversationRecord,
    event::model::Event,
    numbers::totals::Totals,
    store::{
        error::StoreError,
        history::{History, link_to_history, user_keys},
        status::Capacity,
    },
};

/// The number of events that an eviction or a deletion reads at a time.
const REMOVAL_BATCH: i64 = 256;

/// A write transaction.
pub(super) struct WriteBatch<'a> {
    pub(super) connection: &'a Connection,
    pub(super) counters: Counters,
    pub(super) totals: Totals,
    envelopes: &'a Envelopes,
    pub(super) indexer: &'a mut Indexer,
    writer: EventWriter<'a>,
    added_envelopes: AddedEnvelopes,
    /// Conversations that have changed, with their keys. They are written when the transaction
    /// ends.
    conversations: HashMap<CompactString, (i64, ConversationRecord), RandomState>,
    /// The last event and conversation of users. They are written when the transaction ends.
    users: LastConversations,
    /// The events that were changed or deleted, but not evicted.
    pub(super) changed: Vec<u64>,
    first_seq: u64,
}

/// The result of a transaction.
pub(super) struct Written {
    pub(super) counters: Counters,
    pub(super) totals: Totals,
    pub(super) added_envelopes: AddedEnvelopes,
}

impl<'a> WriteBatch<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        counters: Counters,
        totals: Totals,
        envelopes: &'a Envelopes,
        indexer: &'a mut Indexer,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            connection,
            counters,
            totals,
            envelopes,
            indexer,
            writer: EventWriter::new(connection)?,
            added_envelopes: AddedEnvelopes::default(),
            conversations: HashMap::default(),
            users: LastConversations::default(),
            changed: Vec::new(),
            first_seq: counters.first_seq,
        })
    }

    pub(super) fn append(&mut self, mut event: Event) -> Result<Event, StoreError> {
        link_to_history(&mut event, self)?;
        self.counters.last_seq += 1;
        event.seq = self.counters.last_seq;
        let id = event.conversation_id.clone().unwrap_or_default();
        let (before, after);
        let conversation = if let Some((key, record)) = self.record_mut(&id)? {
            event.late = record.timeline.is_late(&event);
            event.answer_ms = record.timeline.answer_ms(&event);
            before = record.message_count();
            record.add_event(&event);
            after = record.message_count();
            *key
        } else {
            event.answer_ms = None;
            self.counters.conversations += 1;
            self.counters.last_key += 1;
            let key = self.counters.last_key;
            let mut record = ConversationRecord::new(&id, &event);
            before = None;
            record.add_event(&event);
            after = record.message_count();
            self.conversations.insert(id.clone(), (key, record));
            key
        };
        self.totals.change_conversation(before, after);
        self.totals.add(&event);
        if self.counters.events == 0 {
            self.counters.first_seq = event.seq;
        }
        let keys = RowKeys {
            conversation,
            envelope: event.envelope_id.as_deref().map(envelopes::hash),
            memory_bytes: event.memory_bytes() as u64,
        };
        self.writer.insert(&event, &keys)?;
        self.indexer.push(self.connection, &event, conversation)?;
        if let Some(hash) = keys.envelope {
            self.added_envelopes.add(hash, event.seq);
        }
        if !id.is_empty() {
            self.users.record(&event, &id);
        }
        self.counters.events += 1;
        self.counters.bad += u64::from(!event.verdict.is_good());
        self.counters.bytes += keys.memory_bytes;
        Ok(event)
    }

    /// Returns a conversation and its key, for modification.
    pub(super) fn record_mut(
        &mut self,
        id: &str,
    ) -> Result<Option<&mut (i64, ConversationRecord)>, StoreError> {
        if !self.conversations.contains_key(id) {
            let mut statement = self
                .connection
                .prepare_cached("SELECT key, summary FROM conversations WHERE id = ?")?;
            let mut rows = statement.query([id])?;
            let Some(row) = rows.next()? else {
                return Ok(None);
            };
            let summary = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            let record = serde_json::from_str(summary)?;
            self.conversations.insert(id.into(), (row.get(0)?, record));
        }
        Ok(self.conversations.get_mut(id))
    }

    /// Removes the oldest events until the capacity is no longer exceeded.
    pub(super) fn evict(&mut self, capacity: Capacity) -> Result<(), StoreError> {
        while self.counters.events > capacity.events || self.counters.bytes > capacity.bytes {
            let oldest = {
                let sql =
                    format!("SELECT {EVENT_COLUMNS}, weight FROM events ORDER BY seq LIMIT ?");
                let mut statement = self.connection.prepare_cached(&sql)?;
                let mut rows = statement.query([REMOVAL_BATCH])?;
                let reader = EventReader::new(self.connection);
                let mut oldest = Vec::new();
                while let Some(row) = rows.next()? {
                    oldest.push((reader.event(row)?, unsigned(row.get(EVENT_COLUMN_COUNT)?)));
                }
                oldest
            };
            if oldest.is_empty() {
                return Ok(());
            }
            for (event, memory_bytes) in oldest {
                if self.counters.events <= capacity.events && self.counters.bytes <= capacity.bytes
                {
                    break;
                }
                self.remove(&event, memory_bytes)?;
                self.counters.evicted += 1;
            }
            self.counters.find_first(self.connection)?;
        }
        Ok(())
    }

    /// Deletes a conversation and returns the number of its events.
    pub(super) fn delete_conversation(&mut self, id: &str) -> Result<u64, StoreError> {
        let sql = format!(
            "SELECT {EVENT_COLUMNS}, weight FROM events
             WHERE conversation = (SELECT key FROM conversations WHERE id = ?) LIMIT ?"
        );
        let mut deleted = 0;
        loop {
            let mut events = Vec::new();
            {
                let mut statement = self.connection.prepare_cached(&sql)?;
                let mut rows = statement.query(params![id, REMOVAL_BATCH])?;
                let reader = EventReader::new(self.connection);
                while let Some(row) = rows.next()? {
                    let memory_bytes = unsigned(row.get(EVENT_COLUMN_COUNT)?);
                    let request: i64 = row.get(REQUEST_COLUMN)?;
                    events.push((reader.event(row)?, memory_bytes, request));
                }
            }
            if events.is_empty() {
                break;
            }
            for (event, memory_bytes, request) in events {
                self.remove(&event, memory_bytes)?;
                remove_unused_request(self.connection, request)?;
                self.changed.push(event.seq);
                deleted += 1;
            }
        }
        self.counters.find_first(self.connection)?;
        Ok(deleted)
    }

    fn remove(&mut self, event: &Event, memory_bytes: u64) -> Result<(), StoreError> {
        let seq = signed(event.seq);
        self.connection
            .prepare_cached("DELETE FROM events WHERE seq = ?")?
            .execute([seq])?;
        self.users.forget(event);
        for user in user_keys(event.user_id.as_deref(), event.anonymous_id.as_deref()) {
            self.connection
                .prepare_cached("DELETE FROM users WHERE key = ? AND seq = ?")?
                .execute(params![user, seq])?;
        }
        self.counters.events -= 1;
        self.totals.remove(event);
        self.counters.bad -= u64::from(!event.verdict.is_good());
        self.counters.bytes = self.counters.bytes.saturating_sub(memory_bytes);
        let id = event.conversation_id.as_deref().unwrap_or_default();
        if let Some((_, record)) = self.record_mut(id)? {
            let before = record.message_count();
            record.remove_event(event);
            let is_gone = record.summary.events == 0;
            let after = record.message_count().filter(|_| !is_gone);
            self.totals.change_conversation(before, after);
            if is_gone {
                self.counters.conversations -= 1;
                self.conversations.remove(id);
                self.connection
                    .prepare_cached("DELETE FROM conversations WHERE id = ?")?
                    .execute([id])?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Written, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO conversations VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (key) DO UPDATE SET last_seq = ?3, problems = ?4, ended = ?5, summary = ?6",
        )?;
        for (id, (key, record)) in &self.conversations {
            statement.execute(params![
                key,
                id.as_str(),
                signed(record.summary.last_seq),
                record.has_problem(),
                record.summary.ended,
                serde_json::to_string(record)?,
            ])?;
        }
        self.users.write(self.connection)?;
        let first_seq = self.counters.first_seq;
        if first_seq > self.first_seq {
            Indexer::evict(self.connection, first_seq)?;
            // Requests have the number of their first event.
            self.connection
                .prepare_cached(
                    "DELETE FROM requests WHERE id < coalesce(
                         (SELECT request FROM events ORDER BY seq LIMIT 1), ?)",
                )?
                .execute([signed(first_seq)])?;
        }
        save(self.connection, &self.counters)?;
        totals::save(self.connection, &self.totals)?;
        self.indexer.refresh(self.connection, &self.changed)?;
        Ok(Written {
            totals: self.totals,
            counters: self.counters,
            added_envelopes: self.added_envelopes,
        })
    }
}

impl History for WriteBatch<'_> {
    fn by_envelope(&self, id: &str) -> Result<Option<Arc<Event>>, StoreError> {
        let hash = envelopes::hash(id);
        let added = &self.added_envelopes;
        for seq in self.envelopes.candidates(self.connection, added, hash)? {
            let sql = format!("SELECT {EVENT_COLUMNS} FROM events WHERE seq = ?");
            let mut statement = self.connection.prepare_cached(&sql)?;
            let mut rows = statement.query([signed(seq)])?;
            // The event may have been evicted.
            if let Some(row) = rows.next()? {
                let event = EventReader::new(self.connection).event(row)?;
                if event.envelope_id.as_deref() == Some(id) {
                    return Ok(Some(Arc::new(event)));
                }
            }
        }
        Ok(None)
    }

    fn conversation_of(
        &self,
        user: Option<&str>,
        anonymous: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT conversation FROM users WHERE key = ?")?;
        for key in user_keys(user, anonymous) {
            if let Some(id) = self.users.conversation_of(&key) {
                return Ok(Some(id.to_owned()));
            }
            if let Some(id) = statement.query_row([key], |row| row.get(0)).optional()? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}
