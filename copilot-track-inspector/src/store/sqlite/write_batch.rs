//! One write transaction. It stores events, evicts the oldest events, and updates conversations and
//! counters.

use std::{collections::HashMap, sync::Arc};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    counters::{Counters, save},
    integers::{signed, unsigned},
    reader::{EVENT_COLUMNS, event},
    totals,
};
use crate::{
    conversation::record::ConversationRecord,
    event::model::Event,
    numbers::totals::Totals,
    store::{
        error::StoreError,
        history::{History, link_to_history, user_keys},
        search,
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
    /// Conversations that have changed. They are written when the transaction ends.
    conversations: HashMap<String, ConversationRecord>,
}

impl<'a> WriteBatch<'a> {
    pub(super) fn new(connection: &'a Connection, counters: Counters, totals: Totals) -> Self {
        Self {
            connection,
            counters,
            totals,
            conversations: HashMap::new(),
        }
    }

    pub(super) fn append(&mut self, mut event: Event) -> Result<Event, StoreError> {
        link_to_history(&mut event, self)?;
        self.counters.last_seq += 1;
        event.seq = self.counters.last_seq;
        let bad = !event.verdict.is_good();
        let memory_bytes = event.memory_bytes() as u64;
        let id = event.conversation_id.clone().unwrap_or_default();
        let (before, after);
        if let Some(record) = self.record_mut(&id)? {
            event.late = record.timeline.is_late(&event);
            event.answer_ms = record.timeline.answer_ms(&event);
            before = record.message_count();
            record.add_event(&event);
            after = record.message_count();
        } else {
            event.answer_ms = None;
            self.counters.conversations += 1;
            let mut record = ConversationRecord::new(&id, &event);
            before = None;
            record.add_event(&event);
            after = record.message_count();
            self.conversations.insert(id.clone(), record);
        }
        self.totals.change_conversation(before, after);
        self.totals.add(&event);
        if self.counters.events == 0 {
            self.counters.first_seq = event.seq;
        }
        let request = &event.delivery.request;
        self.connection
            .prepare_cached("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?
            .execute(params![
                signed(event.seq),
                id,
                event.occurred_at.0,
                event.kind,
                event.name,
                bad,
                event.envelope_id,
                signed(memory_bytes),
                serde_json::to_string(&event)?,
                search::text(&event),
                request.batch_context,
                request.batch_integrations,
                event.raw,
            ])?;
        if !id.is_empty() {
            for user in user_keys(event.user_id.as_deref(), event.anonymous_id.as_deref()) {
                self.connection
                    .prepare_cached("REPLACE INTO users VALUES (?, ?, ?)")?
                    .execute(params![user, signed(event.seq), id])?;
            }
        }
        self.counters.events += 1;
        self.counters.bad += u64::from(bad);
        self.counters.bytes += memory_bytes;
        Ok(event)
    }

    /// Returns a conversation for modification.
    pub(super) fn record_mut(
        &mut self,
        id: &str,
    ) -> Result<Option<&mut ConversationRecord>, StoreError> {
        if !self.conversations.contains_key(id) {
            let summary: Option<String> = self
                .connection
                .prepare_cached("SELECT summary FROM conversations WHERE id = ?")?
                .query_row([id], |row| row.get(0))
                .optional()?;
            let Some(summary) = summary else {
                return Ok(None);
            };
            self.conversations
                .insert(id.to_owned(), serde_json::from_str(&summary)?);
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
                let mut oldest = Vec::new();
                while let Some(row) = rows.next()? {
                    oldest.push((event(row)?, unsigned(row.get(4)?)));
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
        let mut deleted = 0;
        loop {
            let events = {
                let sql = format!(
                    "SELECT {EVENT_COLUMNS}, weight FROM events WHERE conversation = ? LIMIT ?"
                );
                let mut statement = self.connection.prepare_cached(&sql)?;
                let mut rows = statement.query(params![id, REMOVAL_BATCH])?;
                let mut events = Vec::new();
                while let Some(row) = rows.next()? {
                    events.push((event(row)?, unsigned(row.get(4)?)));
                }
                events
            };
            if events.is_empty() {
                break;
            }
            for (event, memory_bytes) in events {
                self.remove(&event, memory_bytes)?;
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
        if let Some(record) = self.record_mut(id)? {
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

    pub(super) fn finish(self) -> Result<(Counters, Totals), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO conversations VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET last_seq = ?2, problems = ?3, ended = ?4, summary = ?5",
        )?;
        for (id, record) in &self.conversations {
            statement.execute(params![
                id,
                signed(record.summary.last_seq),
                record.has_problem(),
                record.summary.ended,
                serde_json::to_string(record)?,
            ])?;
        }
        save(self.connection, &self.counters)?;
        totals::save(self.connection, &self.totals)?;
        Ok((self.counters, self.totals))
    }
}

impl History for WriteBatch<'_> {
    fn by_envelope(&self, id: &str) -> Result<Option<Arc<Event>>, StoreError> {
        let sql = format!(
            "SELECT {EVENT_COLUMNS} FROM events WHERE envelope = ? ORDER BY seq DESC LIMIT 1"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([id])?;
        rows.next()?.map(|row| event(row).map(Arc::new)).transpose()
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
            if let Some(id) = statement.query_row([key], |row| row.get(0)).optional()? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}
