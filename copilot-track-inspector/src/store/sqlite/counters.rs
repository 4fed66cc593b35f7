//! The `state` table, which has one row of counters.

use rusqlite::Connection;

use super::integers::{signed, unsigned};
use crate::store::{error::StoreError, status::StoreStatus};

/// The row in the `state` table.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counters {
    pub(super) last_seq: u64,
    /// The sequence number of the oldest event, or `last_seq + 1` if there is none. It is not in
    /// the table.
    pub(super) first_seq: u64,
    pub(super) events: u64,
    pub(super) conversations: u64,
    pub(super) evicted: u64,
    pub(super) bad: u64,
    pub(super) bytes: u64,
    /// The number of resets since the program started. It is not in the table.
    pub(super) resets: u64,
    /// The largest key of a conversation. It is not in the table.
    pub(super) last_key: i64,
}

impl Counters {
    pub(super) fn read(connection: &Connection) -> Result<Self, StoreError> {
        let mut counters = connection.query_row(
            "SELECT last_seq, events, conversations, evicted, bad, bytes,
                 (SELECT coalesce(max(key), 0) FROM conversations) FROM state",
            [],
            |row| {
                Ok(Counters {
                    last_seq: unsigned(row.get(0)?),
                    first_seq: 0,
                    events: unsigned(row.get(1)?),
                    conversations: unsigned(row.get(2)?),
                    evicted: unsigned(row.get(3)?),
                    bad: unsigned(row.get(4)?),
                    bytes: unsigned(row.get(5)?),
                    resets: 0,
                    last_key: row.get(6)?,
                })
            },
        )?;
        counters.find_first(connection)?;
        Ok(counters)
    }

    /// Sets `first_seq`, after events were removed.
    pub(super) fn find_first(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let first: Option<i64> = connection
            .prepare_cached("SELECT min(seq) FROM events")?
            .query_row([], |row| row.get(0))?;
        self.first_seq = first.map_or(self.last_seq + 1, unsigned);
        Ok(())
    }

    pub(super) fn status(&self) -> StoreStatus {
        StoreStatus {
            last_seq: self.last_seq,
            first_seq: self.first_seq,
            events: self.events,
            conversations: self.conversations,
            evicted: self.evicted,
            good: self.events - self.bad,
            bad: self.bad,
            resets: self.resets,
        }
    }
}

pub(super) fn save(connection: &Connection, counters: &Counters) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE state SET last_seq = ?, events = ?, conversations = ?, evicted = ?, bad = ?, bytes = ?",
        )?
        .execute([
            signed(counters.last_seq),
            signed(counters.events),
            signed(counters.conversations),
            signed(counters.evicted),
            signed(counters.bad),
            signed(counters.bytes),
        ])?;
    Ok(())
}
