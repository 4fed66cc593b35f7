//! Where events are kept: in memory with bounds, or in a file.
//!
//! Both keep the same facts and give the same answers; [`Shelf`] is what they have in common, and
//! [`place`] what an event needs to know of those before it.

mod conversation;
mod memory;
mod place;
mod search;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::watch;

pub use self::conversation::{Conversation, Participant};
use self::memory::Memory;
use crate::event::Event;

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
    fn takes(&self, event: &Event) -> bool {
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

/// What went wrong with the file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the store has stopped")]
    Stopped,
}

/// What can be read of what is kept.
pub(crate) trait Shelf {
    fn status(&self) -> Result<Status, StoreError>;
    fn event(&self, seq: u64) -> Result<Option<Arc<Event>>, StoreError>;
    /// What follows on an event, at most so many and, past the first, so many bytes.
    fn after(&self, seq: u64, most: usize, bytes: usize) -> Result<Vec<Arc<Event>>, StoreError>;
    fn conversation(&self, id: &str) -> Result<Option<Conversation>, StoreError>;
    fn events_of(
        &self,
        id: &str,
        page: Page,
        limit: usize,
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
    /// The event that last came with this envelope id.
    fn by_envelope(&self, id: &str) -> Result<Option<Arc<Event>>, StoreError>;
    /// The conversation in which a user was last.
    fn conversation_of(
        &self,
        user: Option<&str>,
        anonymous: Option<&str>,
    ) -> Result<Option<String>, StoreError>;
}

/// The store that the server uses.
#[derive(Debug)]
pub(crate) struct Store {
    memory: Mutex<Memory>,
    status: watch::Sender<Status>,
    capacity: Capacity,
}

impl Store {
    pub(crate) fn in_memory(capacity: Capacity) -> Self {
        let memory = Memory::new(capacity);
        let status = watch::Sender::new(memory.now());
        Self {
            memory: Mutex::new(memory),
            status,
            capacity,
        }
    }

    pub(crate) fn capacity(&self) -> Capacity {
        self.capacity
    }

    /// The file, if it is in one.
    pub(crate) fn file(&self) -> Option<&str> {
        None
    }

    /// A random text that is another whenever `seq` begins anew.
    pub(crate) fn instance(&self) -> String {
        let random = std::hash::RandomState::new();
        format!("{:016x}", std::hash::BuildHasher::hash_one(&random, 0))
    }

    /// What there is, and word of every change.
    pub(crate) fn changes(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    pub(crate) fn status(&self) -> Status {
        *self.status.borrow()
    }

    /// Keeps events, in this order. Gives the number of the last.
    pub(crate) async fn append(&self, events: Vec<Event>) -> Result<u64, StoreError> {
        let status = {
            let mut memory = self.lock();
            for event in events {
                memory.append(event)?;
            }
            memory.now()
        };
        self.tell(status);
        Ok(status.last_seq)
    }

    /// Deletes everything; gives how many events there were.
    pub(crate) async fn reset(&self) -> Result<u64, StoreError> {
        let (deleted, status) = {
            let mut memory = self.lock();
            (memory.reset(), memory.now())
        };
        self.tell(status);
        Ok(deleted)
    }

    /// Reads.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Shelf) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        read(&*self.lock())
    }

    /// Lists conversations, newest first.
    pub(crate) async fn conversations(
        &self,
        wanted: Wanted,
    ) -> Result<Listed<Conversation>, StoreError> {
        self.read(move |shelf| shelf.conversations(&wanted)).await
    }

    /// Concurrent writers may come here in another order than they wrote.
    fn tell(&self, status: Status) {
        self.status.send_if_modified(|known| {
            let newer = (status.last_seq, status.resets) >= (known.last_seq, known.resets);
            if newer {
                *known = status;
            }
            newer
        });
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
