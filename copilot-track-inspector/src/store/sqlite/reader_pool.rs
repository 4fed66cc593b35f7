//! A pool of read connections, which can be closed while the file is replaced.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockWriteGuard},
};

use rusqlite::{Connection, OpenFlags};

use super::{reader::Reader, schema, search_index::status::IndexStatus};
use crate::store::{error::StoreError, lock::lock};

/// The maximum number of idle connections in the pool.
const MAX_IDLE: usize = 4;

#[derive(Debug)]
pub(super) struct ReaderPool {
    path: PathBuf,
    /// Each reader locks it for reading while the reader has a connection. `close` locks it for
    /// writing.
    gate: RwLock<()>,
    idle: Mutex<Vec<Reader>>,
    index: Arc<IndexStatus>,
}

impl ReaderPool {
    pub(super) fn new(path: PathBuf, index: Arc<IndexStatus>) -> Self {
        Self {
            path,
            index,
            gate: RwLock::default(),
            idle: Mutex::default(),
        }
    }

    /// Runs a function with a read connection. Blocks the current thread.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _open = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let idle = lock(&self.idle).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => self.open()?,
        };
        let read = reader.in_transaction(|| read(&reader))?;
        let mut idle = lock(&self.idle);
        if idle.len() < MAX_IDLE {
            idle.push(reader);
        }
        Ok(read)
    }

    /// Waits for all readers and closes all connections. Reads block until the guard is dropped.
    pub(super) fn close(&self) -> RwLockWriteGuard<'_, ()> {
        let closed = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        lock(&self.idle).clear();
        closed
    }

    fn open(&self) -> Result<Reader, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        schema::configure(&connection)?;
        Reader::new(connection, Arc::clone(&self.index))
    }
}
