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
#[derive(Debug)]
pub(super) struct Envelopes {
    max_recent: usize,
    recent: EventsByHash,
    /// The hashes in the table. Almost all ids are new, and the filter shows this without a query.
    in_table: HashFilter,
    /// The number of rows of evicted events in the table.
    stale: u64,
    /// The number of hashes in the filter whose rows were deleted.
    deleted: u64,
}

/// What a transaction changed in the table.
#[derive(Debug)]
pub(super) struct WrittenEnvelopes {
    /// The number of deleted rows, if the rows of evicted events were deleted.
    deleted: Option<u64>,
    /// A filter of all hashes in the table, if a new one is needed.
    in_table: Option<HashFilter>,
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
        Ok(Self {
            recent,
            in_table: read_filter(connection)?,
            ..Self::default()
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
    /// event. The caller must pass the result to [`commit`](Self::commit) when the transaction is
    /// committed.
    pub(super) fn write(
        &self,
        connection: &Connection,
        first_seq: u64,
    ) -> Result<Option<WrittenEnvelopes>, StoreError> {
        if self.recent.len() < self.max_recent {
            return Ok(None);
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
        let mut written = WrittenEnvelopes {
            deleted: None,
            in_table: None,
        };
        // Each row costs a little, so evicted events are removed when there are many.
        let rows = self.in_table.inserted().saturating_sub(self.deleted);
        if self.stale > (4 * self.max_recent as u64).max(rows / 4) {
            let sql = "DELETE FROM envelopes WHERE seq < ?";
            let deleted = connection.execute(sql, [signed(first_seq)])? as u64;
            written.deleted = Some(deleted);
            // A hash cannot be removed from the filter, so a new filter is needed when most of its
            // hashes are unnecessary. Reading the whole table for it is then worth the time.
            let inserted = self.in_table.inserted() + self.recent.len() as u64;
            if 2 * (self.deleted + deleted) > inserted {
                written.in_table = Some(read_filter(connection)?);
            }
        }
        Ok(Some(written))
    }

    /// Updates the ids after a transaction that stored `added` and evicted `evicted` events.
    pub(super) fn commit(
        &mut self,
        written: Option<WrittenEnvelopes>,
        added: AddedEnvelopes,
        evicted: u64,
    ) {
        if let Some(written) = written {
            if written.deleted.is_some() {
                self.stale = 0;
            }
            if let Some(in_table) = written.in_table {
                self.in_table = in_table;
                self.deleted = 0;
            } else {
                for hash in self.recent.keys() {
                    self.in_table.insert(*hash);
                }
                self.deleted += written.deleted.unwrap_or_default();
            }
            self.recent.clear();
        }
        self.stale += evicted;
        self.recent.extend(added.0);
    }
}

impl Default for Envelopes {
    fn default() -> Self {
        Self {
            max_recent: MAX_RECENT,
            recent: EventsByHash::default(),
            in_table: HashFilter::default(),
            stale: 0,
            deleted: 0,
        }
    }
}

/// Returns a filter of all hashes in the table.
fn read_filter(connection: &Connection) -> Result<HashFilter, StoreError> {
    let mut filter = HashFilter::default();
    let mut statement = connection.prepare("SELECT hash FROM envelopes")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        filter.insert(row.get(0)?);
    }
    Ok(filter)
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

#[cfg(test)]
mod tests {
    use super::{super::schema, *};

    const CAPACITY: u64 = 100;

    fn hash_of(seq: u64) -> i64 {
        hash(&format!("envelope {seq}"))
    }

    #[test]
    fn the_filter_forgets_evicted_events_and_no_others() {
        let connection = Connection::open_in_memory().unwrap();
        schema::prepare(&connection, "instance", 0).unwrap();
        let mut envelopes = Envelopes {
            max_recent: 8,
            ..Envelopes::default()
        };
        let (mut first, mut last) = (1, 0);
        for _ in 0..500 {
            let written = envelopes.write(&connection, first).unwrap();
            let mut added = AddedEnvelopes::default();
            for _ in 0..10 {
                last += 1;
                added.add(hash_of(last), last);
            }
            let evicted = last.saturating_sub(CAPACITY + first - 1);
            first += evicted;
            envelopes.commit(written, added, evicted);
            let none = AddedEnvelopes::default();
            for seq in first..=last {
                let found = envelopes.candidates(&connection, &none, hash_of(seq));
                assert_eq!(found.unwrap(), [seq]);
            }
            // The rows of the stored events, of the evicted events, and of deleted rows.
            assert!(envelopes.in_table.inserted() <= 4 * CAPACITY, "{last}");
        }
        let is_known = |seq: &u64| envelopes.in_table.may_contain(hash_of(*seq));
        assert!((1..first).filter(is_known).count() as u64 <= 4 * CAPACITY);
    }

    #[test]
    fn a_failed_transaction_changes_nothing() {
        let connection = Connection::open_in_memory().unwrap();
        schema::prepare(&connection, "instance", 0).unwrap();
        let mut envelopes = Envelopes {
            max_recent: 1,
            ..Envelopes::default()
        };
        for seq in 1..=20 {
            let written = envelopes.write(&connection, 1).unwrap();
            let mut added = AddedEnvelopes::default();
            added.add(hash_of(seq), seq);
            envelopes.commit(written, added, 1);
            let transaction = connection.unchecked_transaction().unwrap();
            // The result is not committed.
            envelopes.write(&transaction, u64::MAX >> 1).unwrap();
            transaction.rollback().unwrap();
            let none = AddedEnvelopes::default();
            for earlier in 1..=seq {
                let found = envelopes.candidates(&connection, &none, hash_of(earlier));
                assert_eq!(found.unwrap(), [earlier]);
            }
        }
    }
}
