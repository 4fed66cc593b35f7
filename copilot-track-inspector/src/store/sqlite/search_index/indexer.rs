//! Builds the index.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    super::{
        counters::Counters,
        event_row::{EVENT_COLUMN_COUNT, EVENT_COLUMNS, EventReader},
        integers::{signed, unsigned},
    },
    block::{BlockBuilder, EncodedBlock},
    status::IndexStatus,
};
use crate::{event::model::Event, store::error::StoreError};

/// The version of the format of blocks. An index of another version is built again.
const VERSION: i64 = 3;
/// The number of events that are added at a time to an index that lags behind.
const CATCH_UP_EVENTS: u64 = 1_024;

/// Builds the index, as part of the transactions of the writer thread.
#[derive(Debug)]
pub(in super::super) struct Indexer {
    status: Arc<IndexStatus>,
    /// All events before this one are in a block or in `open`.
    next: u64,
    /// The first event that can be in `open`.
    open_from: u64,
    /// The block that is not complete yet.
    open: BlockBuilder,
    /// Whether the last attempt to add missing events failed.
    has_failed: bool,
}

impl Indexer {
    /// Checks the index. If it is damaged or of another version, it will be built again.
    pub(in super::super) fn open(
        connection: &Connection,
        status: Arc<IndexStatus>,
        counters: &Counters,
    ) -> Self {
        let mut indexer = Self {
            status,
            next: 0,
            open_from: 0,
            open: BlockBuilder::default(),
            has_failed: false,
        };
        if indexer.status.enabled {
            let is_valid = last_block(connection, counters).is_ok_and(|last| last.is_some());
            if !is_valid {
                // If the blocks cannot be removed, searches find out that they are damaged.
                let _ = indexer.rebuild(connection);
            }
            indexer.roll_back(connection);
        }
        indexer
    }

    /// Removes all blocks, so that the index is built again.
    pub(in super::super) fn rebuild(&mut self, connection: &Connection) -> Result<(), StoreError> {
        connection.execute("DELETE FROM search_blocks", [])?;
        connection.execute("UPDATE state SET search_version = ?", [VERSION])?;
        self.roll_back(connection);
        Ok(())
    }

    /// Adds an event that is stored in the same transaction. If earlier events are missing, the
    /// event is added later.
    pub(in super::super) fn push(
        &mut self,
        connection: &Connection,
        event: &Event,
        conversation: i64,
    ) -> Result<(), StoreError> {
        if !self.status.enabled || event.seq != self.next {
            return Ok(());
        }
        self.open.push(event, conversation);
        self.next += 1;
        if self.open.is_full() {
            write(connection, &self.open.take(self.open_from, event.seq))?;
            self.open_from = self.next;
        }
        Ok(())
    }

    /// Builds the blocks with these events again, because the events were changed or deleted.
    pub(in super::super) fn refresh(
        &mut self,
        connection: &Connection,
        events: &[u64],
    ) -> Result<(), StoreError> {
        let mut seqs = events.to_vec();
        seqs.sort_unstable();
        let mut refreshed_to = 0;
        for seq in seqs {
            if seq <= refreshed_to || !self.status.enabled {
                continue;
            }
            if seq >= self.open_from {
                self.roll_back(connection);
                break;
            }
            let range = connection
                .prepare_cached(
                    "SELECT first_seq, last_seq FROM search_blocks WHERE last_seq >= ? ORDER BY last_seq LIMIT 1",
                )?
                .query_row([signed(seq)], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let Some((first, last)) = range else {
                continue;
            };
            let (first, last): (i64, i64) = (first, last);
            refreshed_to = unsigned(last);
            let sql = format!(
                "SELECT {EVENT_COLUMNS}, conversation FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query([first, last])?;
            let reader = EventReader::new(connection);
            let mut block = BlockBuilder::default();
            while let Some(row) = rows.next()? {
                block.push(&reader.event(row)?, row.get(EVENT_COLUMN_COUNT)?);
            }
            write(connection, &block.take(unsigned(first), refreshed_to))?;
        }
        Ok(())
    }

    /// Continues after the last block, for example after a transaction failed.
    pub(in super::super) fn roll_back(&mut self, connection: &Connection) {
        self.open = BlockBuilder::default();
        // Without blocks, the index starts with the first stored event.
        let next = connection.query_row(
            "SELECT max(
                 coalesce((SELECT max(last_seq) FROM search_blocks) + 1, 0),
                 coalesce((SELECT min(seq) FROM events), (SELECT last_seq FROM state) + 1))",
            [],
            |row| row.get(0),
        );
        self.next = next.map_or(0, unsigned);
        self.open_from = self.next;
        self.publish();
    }

    /// Updates the state after a transaction is committed.
    pub(in super::super) fn commit(&mut self) {
        self.has_failed = false;
        self.publish();
    }

    fn publish(&self) {
        self.status.set_indexed_to(self.next.saturating_sub(1));
    }

    /// Returns whether events are missing that can be added now.
    pub(in super::super) fn lags(&self, counters: &Counters) -> bool {
        self.status.enabled
            && !self.has_failed
            && counters.events > 0
            && self.next <= counters.last_seq
    }

    /// Adds some of the missing events. After an error, the next attempt follows the next stored
    /// events.
    pub(in super::super) fn catch_up(&mut self, connection: &mut Connection, counters: &Counters) {
        let added = connection
            .transaction()
            .map_err(StoreError::from)
            .and_then(|transaction| {
                self.add_missing(&transaction, counters)?;
                Ok(transaction.commit()?)
            });
        if added.is_ok() {
            self.commit();
        } else {
            self.roll_back(connection);
            self.has_failed = true;
        }
    }

    fn add_missing(
        &mut self,
        connection: &Connection,
        counters: &Counters,
    ) -> Result<(), StoreError> {
        if self.next < counters.first_seq {
            self.next = counters.first_seq;
            self.open_from = self.next;
            self.open = BlockBuilder::default();
        }
        let sql = format!(
            "SELECT {EVENT_COLUMNS}, conversation FROM events WHERE seq >= ? ORDER BY seq LIMIT ?"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([signed(self.next), signed(CATCH_UP_EVENTS)])?;
        let reader = EventReader::new(connection);
        let mut added = 0;
        while let Some(row) = rows.next()? {
            let event = reader.event(row)?;
            // Events of a deleted conversation leave gaps.
            self.next = event.seq;
            self.push(connection, &event, row.get(EVENT_COLUMN_COUNT)?)?;
            added += 1;
        }
        if added < CATCH_UP_EVENTS {
            self.next = counters.last_seq + 1;
        }
        Ok(())
    }

    /// Removes the blocks whose events have all been evicted.
    pub(in super::super) fn evict(
        connection: &Connection,
        first_seq: u64,
    ) -> Result<(), StoreError> {
        connection
            .prepare_cached("DELETE FROM search_blocks WHERE last_seq < ?")?
            .execute([signed(first_seq)])?;
        Ok(())
    }
}

/// Returns the last event in a block. Returns `None` if blocks are missing, overlap, or have
/// another version.
fn last_block(connection: &Connection, counters: &Counters) -> Result<Option<u64>, StoreError> {
    let version: i64 =
        connection.query_row("SELECT search_version FROM state", [], |row| row.get(0))?;
    let first_stored = counters.first_seq;
    let mut statement =
        connection.prepare("SELECT first_seq, last_seq FROM search_blocks ORDER BY last_seq")?;
    let mut rows = statement.query([])?;
    let mut last = None;
    while let Some(row) = rows.next()? {
        let (first, block_last) = (unsigned(row.get(0)?), unsigned(row.get(1)?));
        let is_next = last.map_or(first <= first_stored, |last| first == last + 1);
        if !is_next || block_last < first {
            return Ok(None);
        }
        last = Some(block_last);
    }
    let is_valid = version == VERSION && last.is_none_or(|last| last <= counters.last_seq);
    Ok(last.filter(|_| is_valid))
}

fn write(connection: &Connection, block: &EncodedBlock) -> Result<(), StoreError> {
    connection
        .prepare_cached("REPLACE INTO search_blocks VALUES (?, ?, ?, ?, ?)")?
        .execute(params![
            signed(block.last_seq),
            signed(block.first_seq),
            block.last_at,
            block.signature,
            block.records,
        ])?;
    Ok(())
}
