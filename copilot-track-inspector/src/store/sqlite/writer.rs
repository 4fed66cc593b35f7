//! The thread that writes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Ask, Recent, guard,
    reader::{COLUMNS, event},
    signed, unsigned,
};
use crate::{
    event::Event,
    store::{
        Capacity, Conversation, Status, StoreError,
        place::{Before, place, user_keys},
        search,
        trouble::{self, Told},
    },
};

/// The most events that one transaction takes, about.
const TOGETHER: usize = 5_000;
/// How many events make room at a time.
const EVICTED: i64 = 256;

pub(super) struct Writer {
    connection: Connection,
    capacity: Capacity,
    count: Count,
    status: watch::Sender<Status>,
    trouble: Told,
    recent: Arc<Mutex<Recent>>,
}

/// What the table `state` holds.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    last_seq: u64,
    events: u64,
    conversations: u64,
    evicted: u64,
    bad: u64,
    bytes: u64,
    /// Since this program began.
    resets: u64,
}

impl Count {
    fn status(&self) -> Status {
        Status {
            last_seq: self.last_seq,
            first_seq: self.last_seq + 1 - self.events,
            events: self.events,
            conversations: self.conversations,
            evicted: self.evicted,
            good: self.events - self.bad,
            bad: self.bad,
            resets: self.resets,
        }
    }
}

impl Writer {
    pub(super) fn open(
        connection: Connection,
        capacity: Capacity,
        status: watch::Sender<Status>,
        trouble: Told,
        recent: Arc<Mutex<Recent>>,
    ) -> Result<Self, StoreError> {
        let count = connection.query_row(
            "SELECT last_seq, events, conversations, evicted, bad, bytes FROM state",
            [],
            |row| {
                Ok(Count {
                    last_seq: unsigned(row.get(0)?),
                    events: unsigned(row.get(1)?),
                    conversations: unsigned(row.get(2)?),
                    evicted: unsigned(row.get(3)?),
                    bad: unsigned(row.get(4)?),
                    bytes: unsigned(row.get(5)?),
                    resets: 0,
                })
            },
        )?;
        Ok(Self {
            connection,
            capacity,
            count,
            status,
            trouble,
            recent,
        })
    }

    /// Works until nobody can ask any more.
    pub(super) fn run(mut self, asked: &mut mpsc::Receiver<Ask>) {
        while let Some(ask) = asked.blocking_recv() {
            let mut waiting = Some(ask);
            while let Some(ask) = waiting.take() {
                match ask {
                    Ask::Reset(answer) => {
                        // Whoever asked may have gone.
                        let reset = self.reset();
                        self.note(reset.as_ref().err().map(|error| (plain(error), 0)));
                        let _ = answer.send(reset);
                    }
                    Ask::Append(events, answer) => {
                        waiting = self.gather(events, answer, asked);
                    }
                    #[cfg(test)]
                    Ask::Pages(most) => {
                        self.connection
                            .pragma_update(None, "max_page_count", most)
                            .unwrap();
                    }
                }
            }
        }
        // A file that is closed tidily has no log beside it.
        let _ = self.connection.pragma_update(None, "optimize", "");
    }

    /// Writes what waits in one transaction. Gives back what is no append.
    fn gather(
        &mut self,
        events: Vec<Event>,
        answer: oneshot::Sender<Result<Status, StoreError>>,
        asked: &mut mpsc::Receiver<Ask>,
    ) -> Option<Ask> {
        let mut together = events;
        let mut answers = vec![answer];
        let mut other = None;
        while together.len() < TOGETHER {
            match asked.try_recv() {
                Ok(Ask::Append(events, answer)) => {
                    together.extend(events);
                    answers.push(answer);
                }
                Ok(ask) => {
                    other = Some(ask);
                    break;
                }
                Err(_) => break,
            }
        }
        let many = together.len();
        let written = self.append(together).map_err(|error| plain(&error));
        self.note(written.as_ref().err().map(|error| (error.clone(), many)));
        for answer in answers {
            let _ = answer.send(written.clone().map_err(StoreError::NotWritten));
        }
        other
    }

    fn append(&mut self, events: Vec<Event>) -> Result<Status, StoreError> {
        let transaction = self.connection.transaction()?;
        let mut batch = Batch {
            connection: &transaction,
            count: self.count,
            conversations: HashMap::new(),
        };
        let mut kept = Vec::with_capacity(events.len());
        for event in events {
            kept.push(batch.append(event)?);
        }
        batch.make_room(self.capacity)?;
        let count = batch.finish()?;
        transaction.commit()?;
        self.count = count;
        {
            let mut recent = guard(&self.recent);
            for event in kept {
                recent.push(Arc::new(event));
            }
            recent.forget_before(count.status().first_seq);
        }
        self.tell();
        Ok(count.status())
    }

    fn reset(&mut self) -> Result<(u64, Status), StoreError> {
        let transaction = self.connection.transaction()?;
        for table in ["events", "conversations", "users"] {
            transaction.execute(&format!("DELETE FROM {table}"), [])?;
        }
        let count = Count {
            last_seq: self.count.last_seq,
            resets: self.count.resets + 1,
            ..Count::default()
        };
        save(&transaction, &count)?;
        transaction.commit()?;
        let deleted = self.count.events;
        self.count = count;
        guard(&self.recent).clear();
        self.tell();
        Ok((deleted, count.status()))
    }

    /// Notes whether what was last asked for could be written.
    fn note(&self, failed: Option<(String, usize)>) {
        match failed {
            Some((error, events)) => trouble::failed(&self.trouble, &error, events),
            None => trouble::over(&self.trouble),
        }
    }

    pub(super) fn tell(&self) {
        self.status.send_replace(self.count.status());
    }
}

/// What the system says, and no more.
fn plain(error: &StoreError) -> String {
    match error {
        StoreError::Database(error) => error.to_string(),
        error => error.to_string(),
    }
}

fn save(connection: &Connection, count: &Count) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE state SET last_seq = ?, events = ?, conversations = ?, evicted = ?, bad = ?, bytes = ?",
        )?
        .execute([
            signed(count.last_seq),
            signed(count.events),
            signed(count.conversations),
            signed(count.evicted),
            signed(count.bad),
            signed(count.bytes),
        ])?;
    Ok(())
}

/// One transaction.
struct Batch<'a> {
    connection: &'a Connection,
    count: Count,
    /// Those that have changed, to be written at the end.
    conversations: HashMap<String, Conversation>,
}

impl Batch<'_> {
    fn append(&mut self, mut event: Event) -> Result<Event, StoreError> {
        place(&mut event, self)?;
        self.count.last_seq += 1;
        event.seq = self.count.last_seq;
        let bad = !event.verdict.is_good();
        let weight = event.weight() as u64;
        let id = event.conversation_id.clone().unwrap_or_default();
        let request = &event.delivery.request;
        self.connection
            .prepare_cached("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?
            .execute(params![
                signed(event.seq),
                id,
                event.kind,
                event.name,
                bad,
                event.envelope_id,
                signed(weight),
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
        self.count.events += 1;
        self.count.bad += u64::from(bad);
        self.count.bytes += weight;
        if let Some(conversation) = self.known(&id)? {
            conversation.add(&event);
        } else {
            self.count.conversations += 1;
            let mut conversation = Conversation::new(&id, &event);
            conversation.add(&event);
            self.conversations.insert(id, conversation);
        }
        Ok(event)
    }

    /// A conversation to be changed.
    fn known(&mut self, id: &str) -> Result<Option<&mut Conversation>, StoreError> {
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

    /// Lets the oldest events go while there are too many.
    fn make_room(&mut self, capacity: Capacity) -> Result<(), StoreError> {
        while self.count.events > capacity.events || self.count.bytes > capacity.bytes {
            let oldest = {
                let sql = format!("SELECT {COLUMNS}, weight FROM events ORDER BY seq LIMIT ?");
                let mut statement = self.connection.prepare_cached(&sql)?;
                let mut rows = statement.query([EVICTED])?;
                let mut oldest = Vec::new();
                while let Some(row) = rows.next()? {
                    oldest.push((event(row)?, unsigned(row.get(4)?)));
                }
                oldest
            };
            if oldest.is_empty() {
                return Ok(());
            }
            for (event, weight) in oldest {
                if self.count.events <= capacity.events && self.count.bytes <= capacity.bytes {
                    break;
                }
                self.forget(&event, weight)?;
            }
        }
        Ok(())
    }

    fn forget(&mut self, event: &Event, weight: u64) -> Result<(), StoreError> {
        let seq = signed(event.seq);
        self.connection
            .prepare_cached("DELETE FROM events WHERE seq = ?")?
            .execute([seq])?;
        for user in user_keys(event.user_id.as_deref(), event.anonymous_id.as_deref()) {
            self.connection
                .prepare_cached("DELETE FROM users WHERE key = ? AND seq = ?")?
                .execute(params![user, seq])?;
        }
        self.count.events -= 1;
        self.count.evicted += 1;
        self.count.bad -= u64::from(!event.verdict.is_good());
        self.count.bytes = self.count.bytes.saturating_sub(weight);
        let id = event.conversation_id.as_deref().unwrap_or_default();
        if let Some(conversation) = self.known(id)? {
            conversation.forget(event);
            if conversation.events == 0 {
                self.count.conversations -= 1;
                self.conversations.remove(id);
                self.connection
                    .prepare_cached("DELETE FROM conversations WHERE id = ?")?
                    .execute([id])?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Count, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO conversations VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET last_seq = ?2, problems = ?3, ended = ?4, summary = ?5",
        )?;
        for (id, conversation) in &self.conversations {
            statement.execute(params![
                id,
                signed(conversation.last_seq),
                signed(conversation.problems),
                conversation.ended,
                serde_json::to_string(conversation)?,
            ])?;
        }
        save(self.connection, &self.count)?;
        Ok(self.count)
    }
}

impl Before for Batch<'_> {
    fn by_envelope(&self, id: &str) -> Result<Option<Arc<Event>>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM events WHERE envelope = ? ORDER BY seq DESC LIMIT 1");
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
