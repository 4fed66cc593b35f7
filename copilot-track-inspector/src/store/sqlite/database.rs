//! The handle to the database: its writer thread, its readers, and its newest events.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    command::Command, counters::Counters, file_lock, open_database::OpenDatabase, private_file,
    reader_pool::ReaderPool, recent::RecentEvents, schema, search_index::status::IndexStatus,
    totals, writer::Writer,
};
use crate::{
    event::model::Event,
    store::{
        error::StoreError,
        instance::random_instance_id,
        lock::lock,
        query::NewVerdict,
        read::ReadStore,
        status::{Capacity, StoreStatus},
        write_errors::WriteErrorSender,
    },
};

/// The capacity of the writer thread's queue, in commands. Further commands wait until there is
/// space.
const QUEUE_CAPACITY: usize = 64;

/// A store in an `SQLite` file.
#[derive(Debug)]
pub(in crate::store) struct SqliteStore {
    display_path: String,
    instance: String,
    writer: Option<mpsc::Sender<Command>>,
    thread: Option<JoinHandle<()>>,
    readers: Arc<ReaderPool>,
    recent: Arc<Mutex<RecentEvents>>,
    index: Arc<IndexStatus>,
    /// The lock keeps other processes from using the file.
    _lock: File,
}

impl SqliteStore {
    pub(in crate::store) fn open(
        path: &Path,
        capacity: Capacity,
        has_search_index: bool,
        status: watch::Sender<StoreStatus>,
        write_error: WriteErrorSender,
    ) -> Result<Self, StoreError> {
        if is_special(path) {
            return Err(StoreError::NotAFile);
        }
        let file_lock = file_lock::lock(path)?;
        // SQLite reports the error if the file cannot be created.
        let _ = private_file::create(path);
        let connection = Connection::open(path)?;
        let instance = schema::prepare(&connection, &random_instance_id(), 0)?;
        // If the path is a symbolic link, this is its target.
        let file = connection
            .path()
            .map_or_else(|| path.to_owned(), PathBuf::from);
        let index = Arc::new(IndexStatus::new(has_search_index));
        let readers = Arc::new(ReaderPool::new(file.clone(), Arc::clone(&index)));
        let recent = Arc::default();
        let counters = Counters::read(&connection)?;
        let totals = totals::read(&connection)?;
        let database = OpenDatabase::new(connection, Arc::clone(&index), &counters)?;
        let writer = Writer {
            counters,
            totals,
            database: Some(database),
            index: Arc::clone(&index),
            file,
            instance: instance.clone(),
            capacity,
            status,
            write_error,
            readers: Arc::clone(&readers),
            recent: Arc::clone(&recent),
        };
        writer.publish_status();
        let (sender, mut commands) = mpsc::channel(QUEUE_CAPACITY);
        let thread = thread::Builder::new()
            .name("inspector-database".into())
            .spawn(move || writer.run(&mut commands))
            .map_err(StoreError::Io)?;
        Ok(Self {
            display_path: path.display().to_string(),
            instance,
            writer: Some(sender),
            thread: Some(thread),
            readers,
            recent,
            index,
            _lock: file_lock,
        })
    }

    pub(in crate::store) fn display_path(&self) -> &str {
        &self.display_path
    }

    pub(in crate::store) fn instance(&self) -> &str {
        &self.instance
    }

    pub(in crate::store) async fn append(
        &self,
        events: Vec<Event>,
    ) -> Result<StoreStatus, StoreError> {
        let (reply, answered) = oneshot::channel();
        self.send(Command::Append(events, reply)).await?;
        answered.await.unwrap_or(Err(StoreError::Stopped))
    }

    pub(in crate::store) async fn replace_verdicts(
        &self,
        after: u64,
        max_events: usize,
        new_verdict: Box<NewVerdict>,
    ) -> Result<Option<u64>, StoreError> {
        let (reply, answered) = oneshot::channel();
        self.send(Command::ReplaceVerdicts {
            after,
            max_events,
            new_verdict,
            reply,
        })
        .await?;
        answered.await.unwrap_or(Err(StoreError::Stopped))
    }

    pub(in crate::store) async fn reset(&self) -> Result<(u64, StoreStatus), StoreError> {
        let (reply, answered) = oneshot::channel();
        self.send(Command::Reset(reply)).await?;
        answered.await.unwrap_or(Err(StoreError::Stopped))
    }

    pub(in crate::store) async fn delete_conversation(
        &self,
        id: String,
    ) -> Result<(u64, StoreStatus), StoreError> {
        let (reply, answered) = oneshot::channel();
        self.send(Command::DeleteConversation(id, reply)).await?;
        answered.await.unwrap_or(Err(StoreError::Stopped))
    }

    pub(super) async fn send(&self, command: Command) -> Result<(), StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::Stopped)?;
        writer.send(command).await.map_err(|_| StoreError::Stopped)
    }

    pub(in crate::store) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn ReadStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = Arc::clone(&self.readers);
        let work = tokio::task::spawn_blocking(move || readers.read(|reader| read(reader)));
        let read = work.await.unwrap_or(Err(StoreError::Stopped));
        if self.index.take_damaged() {
            self.send(Command::RebuildIndex).await?;
        }
        read
    }

    /// Makes all reads wait until the guard is dropped.
    #[cfg(test)]
    pub(in crate::store) fn block_reads(&self) -> std::sync::RwLockWriteGuard<'_, ()> {
        self.readers.close()
    }

    /// Returns the sequence number of the last event in the search index, or `None` if there is no
    /// index.
    pub(in crate::store) fn indexed_to(&self) -> Option<u64> {
        self.index.enabled.then(|| self.index.indexed_to())
    }

    /// Returns the events after `seq` if all of them are in memory.
    pub(in crate::store) fn recent(&self, seq: u64, max_events: usize) -> Option<Vec<Arc<Event>>> {
        lock(&self.recent).after(seq, max_events)
    }
}

/// Returns whether `SQLite` would interpret a path as something other than the name of a file.
fn is_special(path: &Path) -> bool {
    let path = path.as_os_str().as_encoded_bytes();
    path.iter().all(u8::is_ascii_whitespace) || path == b":memory:" || path.starts_with(b"file:")
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.writer = None;
        drop(self.readers.close());
        if let Some(thread) = self.thread.take() {
            // The thread executes all queued commands first. The result does not matter: a thread
            // that panicked has also stopped.
            let _ = thread.join();
        }
    }
}
