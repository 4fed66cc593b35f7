//! The writer's connection, with the indexes that are partly in memory.

use std::sync::Arc;

use rusqlite::Connection;

use super::{
    counters::Counters,
    envelopes::Envelopes,
    search_index::{indexer::Indexer, status::IndexStatus},
};
use crate::store::error::StoreError;

/// The writer's connection and its indexes.
#[derive(Debug)]
pub(super) struct OpenDatabase {
    pub(super) connection: Connection,
    pub(super) envelopes: Envelopes,
    pub(super) indexer: Indexer,
}

impl OpenDatabase {
    pub(super) fn new(
        connection: Connection,
        index: Arc<IndexStatus>,
        counters: &Counters,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            envelopes: Envelopes::read(&connection)?,
            indexer: Indexer::open(&connection, index, counters),
            connection,
        })
    }

    /// Adds missing events to the search index.
    pub(super) fn catch_up(&mut self, counters: &Counters) {
        self.indexer.catch_up(&mut self.connection, counters);
    }

    /// Discards what the indexes contain in memory, after a reset or a failed transaction.
    pub(super) fn roll_back(&mut self) {
        self.indexer.roll_back(&self.connection);
    }
}
