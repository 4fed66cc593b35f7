//! The store in a file: its writer, its readers, and its newest events.

use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::{batch::Count, reader_pool::Readers, schema, writer::Writer};
use crate::{
    event::model::Event,
    store::{
        event_store::{Capacity, Shelf, Status, StoreError, random_name},
        write_errors::Told,
    },
};

/// How many requests may wait for the writer; more wait before their turn.
const WAITING: usize = 64;
/// The newest events, which watchers read, stay in memory too.
const RECENT: usize = 4096;
const RECENT_BYTES: usize = 16 * 1024 * 1024;

/// What the writer is asked for.
pub(super) enum Ask {
    Append(Vec<Event>, oneshot::Sender<Result<Status, StoreError>>),
    Reset(oneshot::Sender<Result<(u64, Status), StoreError>>),
    /// How many pages the file may have, to see what comes of too few.
    #[cfg(test)]
    Pages(i64),
}

/// A store in a file.
#[derive(Debug)]
pub(in crate::store) struct Sqlite {
    shown: String,
    instance: String,
    writer: Option<mpsc::Sender<Ask>>,
    thread: Option<JoinHandle<()>>,
    readers: Arc<Readers>,
    recent: Arc<Mutex<Recent>>,
    /// Keeps other processes away.
    _lock: File,
}

/// The newest events, without gaps.
#[derive(Debug, Default)]
pub(super) struct Recent {
    events: VecDeque<Arc<Event>>,
    bytes: usize,
}

impl Sqlite {
    pub(in crate::store) fn open(
        path: &Path,
        capacity: Capacity,
        status: watch::Sender<Status>,
        trouble: Told,
    ) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        let connection = Connection::open(path)?;
        let instance = schema::prepare(&connection, &random_name(), 0)?;
        // The file itself, where the path is a link.
        let file = connection
            .path()
            .map_or_else(|| path.to_owned(), PathBuf::from);
        let readers = Arc::new(Readers::new(file.clone()));
        let recent = Arc::default();
        let writer = Writer {
            count: Count::read(&connection)?,
            connection: Some(connection),
            file,
            instance: instance.clone(),
            capacity,
            status,
            trouble,
            readers: Arc::clone(&readers),
            recent: Arc::clone(&recent),
        };
        writer.tell();
        let (sender, mut asked) = mpsc::channel(WAITING);
        let thread = thread::Builder::new()
            .name("inspector-database".into())
            .spawn(move || writer.run(&mut asked))
            .map_err(StoreError::File)?;
        Ok(Self {
            shown: path.display().to_string(),
            instance,
            writer: Some(sender),
            thread: Some(thread),
            readers,
            recent,
            _lock: lock,
        })
    }

    pub(in crate::store) fn shown(&self) -> &str {
        &self.shown
    }

    pub(in crate::store) fn instance(&self) -> &str {
        &self.instance
    }

    pub(in crate::store) async fn append(&self, events: Vec<Event>) -> Result<Status, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Ask::Append(events, answer)).await?;
        answered.await.unwrap_or(Err(StoreError::Stopped))
    }

    pub(in crate::store) async fn reset(&self) -> Result<(u64, Status), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Ask::Reset(answer)).await?;
        answered.await.unwrap_or(Err(StoreError::Stopped))
    }

    pub(super) async fn ask(&self, ask: Ask) -> Result<(), StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::Stopped)?;
        writer.send(ask).await.map_err(|_| StoreError::Stopped)
    }

    pub(in crate::store) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Shelf) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = Arc::clone(&self.readers);
        let work = tokio::task::spawn_blocking(move || readers.read(|reader| read(reader)));
        work.await.unwrap_or(Err(StoreError::Stopped))
    }

    /// What follows on an event, if it is all in memory.
    pub(in crate::store) fn recent(&self, seq: u64, most: usize) -> Option<Vec<Arc<Event>>> {
        let recent = guard(&self.recent);
        let first = recent.events.front()?.seq;
        let from = usize::try_from(seq.saturating_add(1).checked_sub(first)?).ok()?;
        Some(
            recent
                .events
                .range(from.min(recent.events.len())..)
                .take(most)
                .cloned()
                .collect(),
        )
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.writer = None;
        drop(self.readers.close());
        if let Some(thread) = self.thread.take() {
            // What was asked for is written; if the thread panicked, it has stopped as well.
            let _ = thread.join();
        }
    }
}

impl Recent {
    pub(super) fn push(&mut self, event: Arc<Event>) {
        self.bytes += event.weight();
        self.events.push_back(event);
        while self.events.len() > RECENT || self.bytes > RECENT_BYTES {
            let Some(event) = self.events.pop_front() else {
                break;
            };
            self.bytes -= event.weight();
        }
    }

    /// What made room in the file is not read here either.
    pub(super) fn forget_before(&mut self, seq: u64) {
        while self.events.front().is_some_and(|event| event.seq < seq) {
            if let Some(event) = self.events.pop_front() {
                self.bytes -= event.weight();
            }
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

pub(super) fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file beside the database, locked while it is in use: two that number events would collide.
fn lock(path: &Path) -> Result<File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(StoreError::File)?;
    file.try_lock().map_err(|error| match error {
        std::fs::TryLockError::WouldBlock => StoreError::InUse,
        std::fs::TryLockError::Error(error) => StoreError::File(error),
    })?;
    Ok(file)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::File(io::Error::other(error))
    }
}

/// The database's integers have a sign.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
