//! The store that the server uses. It has one of two backends.

use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use super::{
    cancel::CancelOnDrop,
    deletions::{DeletionReceiver, Deletions},
    error::StoreError,
    instance::random_instance_id,
    lock::lock,
    memory::{events::MemoryStore, search},
    query::{ConversationQuery, NewVerdict, Page},
    read::ReadStore,
    status::{Capacity, StoreStatus},
    write_errors::{WriteError, WriteErrorSender, WriteErrors},
};
#[cfg(feature = "sqlite")]
use super::{read::take_fitting, sqlite::database::SqliteStore, status::IndexProgress};
use crate::{conversation::summary::Conversation, event::model::Event};

/// A store of events, in memory or in a database file.
#[derive(Debug)]
pub(crate) struct EventStore {
    backend: Backend,
    status: watch::Sender<StoreStatus>,
    write_error: WriteErrorSender,
    deletions: Deletions,
    capacity: Capacity,
    instance: String,
    /// Whether the last search was abandoned.
    #[cfg(test)]
    last_search: Mutex<Option<super::cancel::CancelFlag>>,
}

#[derive(Debug)]
enum Backend {
    Memory(Arc<Mutex<MemoryStore>>),
    #[cfg(feature = "sqlite")]
    Database(SqliteStore),
}

#[cfg_attr(
    not(feature = "sqlite"),
    expect(clippy::unused_async, reason = "only the database backend awaits")
)]
impl EventStore {
    pub(crate) fn in_memory(capacity: Capacity) -> Self {
        let memory = MemoryStore::new(capacity);
        let status = watch::Sender::new(memory.status());
        Self {
            backend: Backend::Memory(Arc::new(Mutex::new(memory))),
            status,
            write_error: WriteErrorSender::default(),
            deletions: Deletions::default(),
            capacity,
            instance: random_instance_id(),
            #[cfg(test)]
            last_search: Mutex::default(),
        }
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn in_database(
        path: &std::path::Path,
        capacity: Capacity,
        has_search_index: bool,
    ) -> Result<Self, StoreError> {
        let status = watch::Sender::default();
        let write_error = WriteErrorSender::default();
        let sqlite = SqliteStore::open(
            path,
            capacity,
            has_search_index,
            status.clone(),
            write_error.clone(),
        )?;
        Ok(Self {
            instance: sqlite.instance().to_owned(),
            backend: Backend::Database(sqlite),
            status,
            write_error,
            deletions: Deletions::default(),
            capacity,
            #[cfg(test)]
            last_search: Mutex::default(),
        })
    }

    pub(crate) fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// Returns the path of the database file, if there is one.
    pub(crate) fn database_path(&self) -> Option<&str> {
        match &self.backend {
            Backend::Memory(_) => None,
            #[cfg(feature = "sqlite")]
            Backend::Database(sqlite) => Some(sqlite.display_path()),
        }
    }

    /// Returns the number of events in the search index and of all events. Returns `None` if there
    /// is no index, or if the index contains all events.
    #[cfg(feature = "sqlite")]
    pub(crate) fn index_progress(&self) -> Option<IndexProgress> {
        match &self.backend {
            Backend::Memory(_) => None,
            Backend::Database(sqlite) => {
                IndexProgress::new(sqlite.indexed_to()?, &self.status.borrow())
            }
        }
    }

    /// Returns a random id that changes whenever sequence numbers restart.
    pub(crate) fn instance(&self) -> &str {
        &self.instance
    }

    /// Returns a receiver of status changes.
    pub(crate) fn subscribe(&self) -> watch::Receiver<StoreStatus> {
        self.status.subscribe()
    }

    pub(crate) fn status(&self) -> StoreStatus {
        *self.status.borrow()
    }

    /// Returns a receiver of the conversations that are deleted from now on.
    pub(crate) fn subscribe_to_deletions(&self) -> DeletionReceiver {
        self.deletions.subscribe()
    }

    /// Returns the current write error, if events cannot be written.
    pub(crate) fn write_error(&self) -> Option<WriteError> {
        self.write_error.borrow().clone()
    }

    pub(crate) fn write_errors(&self) -> WriteErrors {
        WriteErrors::new(self.write_error.subscribe())
    }

    /// Stores events in the given order. In a database, they are committed when this method
    /// returns.
    pub(crate) async fn append(&self, events: Vec<Event>) -> Result<(), StoreError> {
        match &self.backend {
            Backend::Memory(memory) => {
                let mut memory = lock(memory);
                for event in events {
                    memory.append(event)?;
                }
                // The status is sent under the lock, so that statuses arrive in order.
                self.status.send_replace(memory.status());
                Ok(())
            }
            #[cfg(feature = "sqlite")]
            Backend::Database(sqlite) => sqlite.append(events).await.map(|_| ()),
        }
    }

    /// Replaces the verdicts on at most `max_events` events after `seq`. Returns the sequence
    /// number of the last one, or `None` if there are no such events.
    pub(crate) async fn replace_verdicts(
        &self,
        seq: u64,
        max_events: usize,
        new_verdict: Box<NewVerdict>,
    ) -> Result<Option<u64>, StoreError> {
        match &self.backend {
            Backend::Memory(memory) => {
                let mut memory = lock(memory);
                let last = memory.replace_verdicts(seq, max_events, &*new_verdict);
                self.status.send_replace(memory.status());
                Ok(last)
            }
            #[cfg(feature = "sqlite")]
            Backend::Database(sqlite) => {
                sqlite.replace_verdicts(seq, max_events, new_verdict).await
            }
        }
    }

    /// Deletes all events and returns their number.
    pub(crate) async fn reset(&self) -> Result<u64, StoreError> {
        match &self.backend {
            Backend::Memory(memory) => {
                let mut memory = lock(memory);
                let deleted = memory.reset();
                self.status.send_replace(memory.status());
                Ok(deleted)
            }
            #[cfg(feature = "sqlite")]
            Backend::Database(sqlite) => sqlite.reset().await.map(|(deleted, _)| deleted),
        }
    }

    /// Deletes a conversation and returns the number of its events. The id is empty for the events
    /// outside any conversation.
    pub(crate) async fn delete_conversation(&self, id: String) -> Result<u64, StoreError> {
        let (deleted, status) = match &self.backend {
            Backend::Memory(memory) => {
                let mut memory = lock(memory);
                let deleted = memory.delete_conversation(&id);
                self.status.send_replace(memory.status());
                (deleted, memory.status())
            }
            #[cfg(feature = "sqlite")]
            Backend::Database(sqlite) => sqlite.delete_conversation(id.clone()).await?,
        };
        if deleted > 0 {
            self.deletions.record(id, status.last_seq);
        }
        Ok(deleted)
    }

    /// Runs a function with read access to the store.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn ReadStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.backend {
            Backend::Memory(memory) => read(&*lock(memory)),
            #[cfg(feature = "sqlite")]
            Backend::Database(sqlite) => sqlite.read(read).await,
        }
    }

    /// Returns events after `seq`: at most `max_events`, and at most `max_bytes` bytes of calls.
    /// The first event is returned even if it is larger.
    pub(crate) async fn after(
        &self,
        seq: u64,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Vec<Arc<Event>>, StoreError> {
        #[cfg(feature = "sqlite")]
        if let Backend::Database(sqlite) = &self.backend
            && let Some(events) = sqlite.recent(seq, max_events)
        {
            return Ok(take_fitting(events.into_iter(), max_events, max_bytes));
        }
        self.read(move |store| store.after(seq, max_events, max_bytes))
            .await
    }

    /// Lists conversations, most recently active first.
    pub(crate) async fn conversations(
        &self,
        mut query: ConversationQuery,
    ) -> Result<Page<Conversation>, StoreError> {
        // If this future is dropped, the search stops.
        let cancel = CancelOnDrop::default();
        query.cancelled = cancel.flag();
        #[cfg(test)]
        lock(&self.last_search).replace(cancel.flag());
        if let Backend::Memory(memory) = &self.backend
            && query.is_selective()
        {
            // A search is slow, so it runs on another thread.
            let memory = Arc::clone(memory);
            let search = tokio::task::spawn_blocking(move || search::find(&*memory, &query));
            return search.await.map_err(|_| StoreError::Stopped)?;
        }
        self.read(move |store| store.conversations(&query)).await
    }

    /// Returns the flag of the last search.
    #[cfg(test)]
    pub(crate) fn last_search(&self) -> Option<super::cancel::CancelFlag> {
        lock(&self.last_search).clone()
    }

    /// Makes all reads wait until the guard is dropped.
    #[cfg(all(test, feature = "sqlite"))]
    pub(crate) fn block_reads(&self) -> Option<std::sync::RwLockWriteGuard<'_, ()>> {
        match &self.backend {
            Backend::Memory(_) => None,
            Backend::Database(sqlite) => Some(sqlite.block_reads()),
        }
    }
}
