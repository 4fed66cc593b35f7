//! Events in a row, handed over together.

use std::collections::VecDeque;

use crate::delivery::envelope::{Envelope, EventContext, EventContextRef};

/// So many events are handed over, and become JSON, in one go.
pub(crate) const CHUNK_EVENTS: usize = 256;

/// So many of the latest events' conversations and messages are looked through for the next one's.
const LOOK_BACK: usize = 4;

/// An envelope and the memory that it was admitted with.
#[derive(Debug)]
pub(crate) struct QueuedEvent {
    pub(crate) envelope: Envelope,
    /// Its place among what the chunk's events are about.
    context: usize,
    pub(crate) size: usize,
}

/// Up to [`CHUNK_EVENTS`] events of one shard.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// The place of its first event among all that ever came to the backlog.
    first: u64,
    events: VecDeque<QueuedEvent>,
    contexts: Vec<EventContext>,
}

impl Chunk {
    /// With the memory for all of its events.
    pub(super) fn with_memory() -> Self {
        Self {
            first: 0,
            events: VecDeque::with_capacity(CHUNK_EVENTS),
            contexts: Vec::with_capacity(LOOK_BACK),
        }
    }

    /// The same, with memory that was written into, and so is there.
    pub(super) fn prefaulted() -> Self {
        let mut chunk = Self::with_memory();
        let nothing = || QueuedEvent {
            envelope: Envelope {
                id: None,
                timestamp: std::time::SystemTime::UNIX_EPOCH,
                call: crate::delivery::envelope::ApiCall::Identify(Ok(Box::default())),
            },
            context: 0,
            size: 0,
        };
        chunk.events.resize_with(CHUNK_EVENTS, nothing);
        // The compiler would leave out what nobody sees.
        std::hint::black_box(&mut chunk.events).clear();
        chunk
    }

    pub(super) fn push(&mut self, context: EventContextRef<'_>, envelope: Envelope, size: usize) {
        let mut latest = self.contexts.iter().enumerate().rev().take(LOOK_BACK);
        let same = latest.find(|(_, held)| context.is(held)).map(|(at, _)| at);
        let context = same.unwrap_or_else(|| {
            self.contexts.push(context.to_owned());
            self.contexts.len() - 1
        });
        self.events.push_back(QueuedEvent {
            envelope,
            context,
            size,
        });
    }

    /// Takes over another's events, which come right behind its own, if they fit.
    pub(super) fn try_append(&mut self, other: &mut Self) -> bool {
        if self.len() + other.len() > CHUNK_EVENTS {
            return false;
        }
        let before = self.contexts.len();
        self.contexts.append(&mut other.contexts);
        self.events
            .extend(other.events.drain(..).map(|queued| QueuedEvent {
                context: before + queued.context,
                ..queued
            }));
        true
    }

    /// Numbers its events from `first`.
    pub(super) fn number(&mut self, first: u64) {
        self.first = first;
    }

    /// Forgets its events, and keeps their memory.
    pub(super) fn clear(&mut self) {
        self.events.clear();
        self.contexts.clear();
    }

    pub(super) fn is_full(&self) -> bool {
        self.events.len() >= CHUNK_EVENTS
    }

    /// Whether it has the memory for a chunk's events.
    pub(super) fn has_capacity(&self) -> bool {
        self.events.capacity() >= CHUNK_EVENTS
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// The number of its first event.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// Takes its first event.
    pub(crate) fn pop(&mut self) -> Option<QueuedEvent> {
        let queued = self.events.pop_front()?;
        self.first += 1;
        Some(queued)
    }

    /// What an event of it is about.
    pub(crate) fn context(&self, queued: &QueuedEvent) -> EventContextRef<'_> {
        let context = self.contexts.get(queued.context);
        context.map_or(EventContextRef::NONE, EventContext::as_ref)
    }
}
