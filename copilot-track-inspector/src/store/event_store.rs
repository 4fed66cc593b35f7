//! The store, what can be asked of it, and what can go wrong.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::watch;

use super::{
    conversation::Conversation,
    memory::events::Memory,
    search::Needle,
    write_errors::{Told, Trouble, WriteErrors},
};
#[cfg(feature = "sqlite")]
use super::{memory::events::fitting, sqlite::database::Sqlite};
use crate::event::model::Event;

/// How much is kept; the oldest events go first.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Capacity {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
}

/// What there is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    /// The last number that was given out.
    pub(crate) last_seq: u64,
    /// The oldest event that is kept; `last_seq + 1` if there is none.
    pub(crate) first_seq: u64,
    pub(crate) events: u64,
    pub(crate) conversations: u64,
    pub(crate) evicted: u64,
    pub(crate) good: u64,
    pub(crate) bad: u64,
    /// How often everything was deleted.
    #[serde(skip)]
    pub(crate) resets: u64,
}

/// Which events of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Page {
    Last,
    Before(u64),
    After(u64),
}

/// Which conversations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) limit: usize,
    /// Only those whose last event is before this one.
    pub(crate) before: Option<u64>,
    pub(crate) query: Option<String>,
    /// Only those with problems, or without.
    pub(crate) problems: Option<bool>,
    pub(crate) ended: Option<bool>,
}

/// Which events, over all conversations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) good: Option<bool>,
    pub(crate) name: Option<String>,
    pub(crate) conversation: Option<String>,
    pub(crate) after: u64,
}

impl Filter {
    pub(super) fn takes(&self, event: &Event) -> bool {
        self.good.is_none_or(|good| good == event.verdict.is_good())
            && self
                .name
                .as_ref()
                .is_none_or(|name| Some(name) == event.name.as_ref() || *name == event.kind)
            && self
                .conversation
                .as_ref()
                .is_none_or(|id| id == event.conversation_id.as_deref().unwrap_or_default())
            && event.seq > self.after
    }
}

/// A list, and whether there is more of it.
#[derive(Clone, Debug)]
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<T>,
    pub(crate) more: bool,
}

/// What went wrong with what is kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the inspector has stopped")]
    Stopped,
    #[cfg(feature = "sqlite")]
    #[error("the events could not be written ({0}), and are not kept: send them again")]
    NotWritten(String),
    #[cfg(feature = "sqlite")]
    #[error(
        "nothing was deleted: {error}, and {file} cannot be taken away: {why}; stop the inspector, delete {file} and the {file}-wal and {file}-shm beside it, and start it again"
    )]
    NotDeleted {
        error: String,
        why: std::io::Error,
        file: String,
    },
    #[cfg(feature = "sqlite")]
    #[error(
        "everything was deleted, but no new file could be made ({0}): it is tried again with the next events"
    )]
    NoFile(String),
    #[cfg(feature = "sqlite")]
    #[error("the database says: {0}")]
    Database(rusqlite::Error),
    #[cfg(feature = "sqlite")]
    #[error("{0}")]
    File(std::io::Error),
    #[cfg(feature = "sqlite")]
    #[error("another inspector has it open; stop that, or give this one a file of its own")]
    InUse,
    #[cfg(feature = "sqlite")]
    #[error("it is no file of this inspector, or of another version of it; name a new file")]
    Foreign,
}

/// What can be read of what is kept.
pub(crate) trait Shelf {
    fn event(&self, seq: u64) -> Result<Option<Arc<Event>>, StoreError>;
    /// What follows on an event, at most so many and, past the first, so many bytes.
    fn after(&self, seq: u64, most: usize, bytes: usize) -> Result<Vec<Arc<Event>>, StoreError>;
    fn conversation(&self, id: &str) -> Result<Option<Conversation>, StoreError>;
    fn events_of(
        &self,
        id: &str,
        page: Page,
        limit: usize,
        bytes: usize,
    ) -> Result<Listed<Arc<Event>>, StoreError>;
    fn conversations(&self, wanted: &Wanted) -> Result<Listed<Conversation>, StoreError>;
    fn select(
        &self,
        filter: &Filter,
        limit: usize,
        bytes: usize,
    ) -> Result<Listed<Arc<Event>>, StoreError>;
    /// How many events a filter takes; it stops to count at `most`.
    fn count(&self, filter: &Filter, most: usize) -> Result<usize, StoreError>;
}

/// The store that the server uses.
#[derive(Debug)]
pub(crate) struct Store {
    backend: Backend,
    status: watch::Sender<Status>,
    trouble: Told,
    capacity: Capacity,
    instance: String,
}

#[derive(Debug)]
enum Backend {
    Memory(Mutex<Memory>),
    #[cfg(feature = "sqlite")]
    File(Sqlite),
}

#[cfg_attr(
    not(feature = "sqlite"),
    expect(clippy::unused_async, reason = "a file makes one wait")
)]
impl Store {
    pub(crate) fn in_memory(capacity: Capacity) -> Self {
        let memory = Memory::new(capacity);
        let status = watch::Sender::new(memory.now());
        Self {
            backend: Backend::Memory(Mutex::new(memory)),
            status,
            trouble: Told::default(),
            capacity,
            instance: random_name(),
        }
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn in_file(path: &std::path::Path, capacity: Capacity) -> Result<Self, StoreError> {
        let status = watch::Sender::default();
        let trouble = Told::default();
        let sqlite = Sqlite::open(path, capacity, status.clone(), trouble.clone())?;
        Ok(Self {
            instance: sqlite.instance().to_owned(),
            backend: Backend::File(sqlite),
            status,
            trouble,
            capacity,
        })
    }

    pub(crate) fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// The file, if it is in one.
    pub(crate) fn file(&self) -> Option<&str> {
        match &self.backend {
            Backend::Memory(_) => None,
            #[cfg(feature = "sqlite")]
            Backend::File(sqlite) => Some(sqlite.shown()),
        }
    }

    /// A random text that is another whenever `seq` begins anew.
    pub(crate) fn instance(&self) -> &str {
        &self.instance
    }

    /// What there is, and word of every change.
    pub(crate) fn changes(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    pub(crate) fn status(&self) -> Status {
        *self.status.borrow()
    }

    /// Why events cannot be kept, while they cannot.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        self.trouble.borrow().clone()
    }

    pub(crate) fn write_errors(&self) -> WriteErrors {
        WriteErrors::new(self.trouble.subscribe())
    }

    /// Keeps events, in this order. They are in the file, if there is one, when this returns.
    pub(crate) async fn append(&self, events: Vec<Event>) -> Result<(), StoreError> {
        match &self.backend {
            Backend::Memory(memory) => {
                let mut memory = lock(memory);
                for event in events {
                    memory.append(event)?;
                }
                // Under the lock, so that nobody is told of an older state after a newer one.
                self.status.send_replace(memory.now());
                Ok(())
            }
            #[cfg(feature = "sqlite")]
            Backend::File(sqlite) => sqlite.append(events).await.map(|_| ()),
        }
    }

    /// Deletes everything; gives how many events there were.
    pub(crate) async fn reset(&self) -> Result<u64, StoreError> {
        match &self.backend {
            Backend::Memory(memory) => {
                let mut memory = lock(memory);
                let deleted = memory.reset();
                self.status.send_replace(memory.now());
                Ok(deleted)
            }
            #[cfg(feature = "sqlite")]
            Backend::File(sqlite) => sqlite.reset().await.map(|(deleted, _)| deleted),
        }
    }

    /// Reads.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Shelf) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.backend {
            Backend::Memory(memory) => read(&*lock(memory)),
            #[cfg(feature = "sqlite")]
            Backend::File(sqlite) => sqlite.read(read).await,
        }
    }

    /// What follows on an event, at most so many and, past the first, so many bytes.
    pub(crate) async fn after(
        &self,
        seq: u64,
        most: usize,
        bytes: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        #[cfg(feature = "sqlite")]
        if let Backend::File(sqlite) = &self.backend
            && let Some(events) = sqlite.recent(seq, most)
        {
            return Ok(fitting(events.into_iter(), most, bytes));
        }
        self.read(move |shelf| shelf.after(seq, most, bytes)).await
    }

    /// Lists conversations, newest first.
    pub(crate) async fn conversations(
        &self,
        wanted: Wanted,
    ) -> Result<Listed<Conversation>, StoreError> {
        if let (Backend::Memory(memory), Some(query)) = (&self.backend, &wanted.query) {
            // A search takes long; what comes meanwhile does not wait for it.
            let needle = Needle::new(query);
            let candidates = lock(memory).candidates(&wanted);
            let search =
                tokio::task::spawn_blocking(move || candidates.with(&needle, wanted.limit));
            return search.await.map_err(|_| StoreError::Stopped);
        }
        self.read(move |shelf| shelf.conversations(&wanted)).await
    }
}

fn lock(memory: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A name that nobody else has.
pub(super) fn random_name() -> String {
    let random = std::hash::RandomState::new();
    format!("{:016x}", std::hash::BuildHasher::hash_one(&random, 0))
}
