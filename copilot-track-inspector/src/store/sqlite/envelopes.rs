//! The index of envelope ids.
//!
//! Envelope ids are random, so each new id would change another page of an index. The newest ids
//! are therefore kept in memory, and added to the `envelopes` table in ascending order, many at a
//! time. After a restart, they are read from the events. The table contains hashes, so a hit must
//! be compared with the event.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use rusqlite::Connection;

use super::{
    hash_filter::HashFilter,
    integers::{signed, unsigned},
};
use crate::store::error::StoreError;

/// The number of ids in memory at which they are added to the table.
const MAX_RECENT: usize = 65_536;

/// The last event with each hash.
type EventsByHash = HashMap<i64, u64, RandomState>;

/// The envelope ids that are not in the table yet.
#[derive(Debug, Default)]
pub(super) struct Envelopes {
    recent: EventsByHash,
    /// The hashes in the table. Almost all ids are new, and the filter shows this without a query.
    in_table: HashFilter,
    /// The number of rows of evicted events in the table.
    stale: u64,
}

/// A copy of the ids that a transaction adds. They are discarded if the transaction fails.
#[derive(Debug, Default)]
pub(super) struct AddedEnvelopes(EventsByHash);

impl Envelopes {
    /// Reads the ids that are not in the table.
    pub(super) fn read(connection: &Connection) -> Result<Self, StoreError> {
        let table_to: i64 =
            connection.query_row("SELECT envelopes_to FROM state", [], |row| row.get(0))?;
        let mut statement =
            connection.prepare("SELECT envelope, seq FROM events WHERE seq > ? ORDER BY seq")?;
        let mut rows = statement.query([table_to])?;
        let mut recent = EventsByHash::default();
        while let Some(row) = rows.next()? {
            if let Some(hash) = row.get(0)? {
                recent.insert(hash, unsigned(row.get(1)?));
            }
        }
        let mut in_table = HashFilter::default();
        let mut statement = connection.prepare("SELECT hash FROM envelopes")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            in_table.insert(row.get(0)?);
        }
        Ok(Self {
            recent,
            in_table,
            stale: 0,
        })
    }

    /// Returns the events that may have the id with this hash, newest first.
    pub(super) fn candidates(
        &self,
        connection: &Connection,
        added: &AddedEnvelopes,
        hash: i64,
    ) -> Result<Vec<u64>, StoreError> {
        let recent = [added.0.get(&hash), self.recent.get(&hash)];
        let mut found: Vec<u64> = recent.into_iter().flatten().copied().collect();
        if self.in_table.may_contain(hash) {
            let mut statement = connection
                .prepare_cached("SELECT seq FROM envelopes WHERE hash = ? ORDER BY seq DESC")?;
            let mut rows = statement.query([hash])?;
            while let Some(row) = rows.next()? {
                found.push(unsigned(row.get(0)?));
            }
        }
        Ok(found)
    }

    /// Adds the ids in memory to the table if there are many. `first_seq` is the first stored
    /// event. The caller must call [`commit`](Self::commit) when the transaction is committed.
    pub(super) fn write(
        &self,
        connection: &Connection,
        first_seq: u64,
    ) -> Result<bool, StoreError> {
        if self.recent.len() < MAX_RECENT {
            return Ok(false);
        }
        let mut sorted: Vec<_> = self
            .recent
            .iter()
            .map(|(&hash, &seq)| (hash, seq))
            .collect();
        sorted.sort_unstable();
        let mut insert = connection.prepare_cached("REPLACE INTO envelopes VALUES (?, ?)")?;
        for (hash, seq) in &sorted {
            insert.execute((hash, signed(*seq)))?;
        }
        let last = sorted.iter().map(|(_, seq)| *seq).max().unwrap_or_default();
        connection.execute("UPDATE state SET envelopes_to = ?", [signed(last)])?;
        // Each row costs a little, so evicted events are removed when there are many.
        if self.stale > 4 * MAX_RECENT as u64 {
            connection.execute("DELETE FROM envelopes WHERE seq < ?", [signed(first_seq)])?;
        }
        Ok(true)
    }

    /// Updates the ids after a transaction that stored `added` and evicted `evicted` events.
    pub(super) fn commit(&mut self, written: bool, added: AddedEnvelopes, evicted: u64) {
        self.stale += evicted;
        if written {
            for hash in self.recent.keys() {
                self.in_table.insert(*hash);
            }
            self.recent.clear();
            if self.stale > 4 * MAX_RECENT as u64 {
                self.stale = 0;
            }
        }
        self.recent.extend(added.0);
    }
}

impl AddedEnvelopes {
    pub(super) fn add(&mut self, hash: i64, seq: u64) {
        self.0.insert(hash, seq);
    }
}

/// Returns the hash of an envelope id (FNV-1a), which is the same in all versions of the inspector.
pub(super) fn hash(id: &str) -> i64 {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    i64::from_ne_bytes(hash.to_ne_bytes())
}
