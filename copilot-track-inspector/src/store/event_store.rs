//! The store that the server uses: events in memory, or in a file.

use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use super::{
    conversation::Conversation,
    error::StoreError,
    instance::random_name,
    lock::lock,
    memory::events::Memory,
    query::{Listed, Wanted},
    read::Shelf,
    search::Needle,
    status::{Capacity, Status},
    write_errors::{Told, Trouble, WriteErrors},
};
#[cfg(feature = "sqlite")]
use super::{read::fitting, sqlite::database::Sqlite};
use crate::event::model::Event;

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
