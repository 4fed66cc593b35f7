//! Chunks: groups of events that move through the queue as a unit.

use std::collections::VecDeque;

use crate::delivery::envelope::{Envelope, EventContext, EventContextRef};

/// The maximum number of events in a chunk.
pub(crate) const CHUNK_EVENTS: usize = 256;

/// The number of recent contexts that the context of a new event is compared with.
const COMPARED_CONTEXTS: usize = 4;

/// The number of contexts above which those that no event uses are removed.
pub(super) const MAX_CONTEXTS: usize = 2 * CHUNK_EVENTS;

/// An event in the queue.
#[derive(Debug)]
pub(crate) struct QueuedEvent {
    pub(crate) envelope: Envelope,
    /// The index of the event's context in the chunk.
    context: usize,
    /// The number of bytes that were reserved for the event, and for its context if the event was
    /// the first with this context.
    pub(crate) size: usize,
}

/// Up to [`CHUNK_EVENTS`] events in order, each with its context.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// The sequence number of the first event. Events are numbered in the order in which they enter
    /// the backlog.
    first: u64,
    pub(super) events: VecDeque<QueuedEvent>,
    pub(super) contexts: Vec<EventContext>,
}

impl Chunk {
    /// Creates a chunk with memory for [`CHUNK_EVENTS`] events.
    pub(super) fn with_capacity() -> Self {
        Self {
            first: 0,
            events: VecDeque::with_capacity(CHUNK_EVENTS),
            contexts: Vec::with_capacity(COMPARED_CONTEXTS),
        }
    }

    /// Adds an event. `size` bytes are reserved for it. If its context needs memory, too, this
    /// method reserves more with `reserve`.
    pub(super) fn push(
        &mut self,
        context: EventContextRef<'_>,
        envelope: Envelope,
        size: usize,
        reserve: impl FnOnce(usize),
    ) {
        let (context, context_size) = self.context_index(context, reserve);
        self.events.push_back(QueuedEvent {
            envelope,
            context,
            size: size + context_size,
        });
    }

    /// Returns the index of a context, and adds the context if none of the latest ones is the same.
    /// Also returns the number of bytes that were reserved for the context.
    #[inline]
    fn context_index(
        &mut self,
        context: EventContextRef<'_>,
        reserve: impl FnOnce(usize),
    ) -> (usize, usize) {
        match self.contexts.split_last() {
            // Usually, the event belongs to the same message as the event before.
            Some((latest, earlier)) if context.is_same(latest) => (earlier.len(), 0),
            _ => self.earlier_or_new_context(context, reserve),
        }
    }

    #[inline(never)]
    fn earlier_or_new_context(
        &mut self,
        context: EventContextRef<'_>,
        reserve: impl FnOnce(usize),
    ) -> (usize, usize) {
        if self.contexts.len() >= MAX_CONTEXTS {
            self.remove_unused_contexts();
        }
        let compared = self.contexts.len().saturating_sub(COMPARED_CONTEXTS);
        let recent = self.contexts.get(compared..).unwrap_or_default();
        if let Some(index) = recent.iter().rposition(|known| context.is_same(known)) {
            return (compared + index, 0);
        }
        let size = context.size_next_to(recent);
        if size > 0 {
            reserve(size);
        }
        self.contexts.push(context.to_owned());
        (self.contexts.len() - 1, size)
    }

    /// Removes contexts that no event uses. There are many if events are removed from the front
    /// while others are added, for example by `Overflow::DropOldest`.
    fn remove_unused_contexts(&mut self) {
        // The context of a later event is after that of the first event or, because it was compared
        // with the latest contexts only, at most a few places before it.
        let unused = match self.events.front() {
            Some(first) => first.context.saturating_sub(COMPARED_CONTEXTS - 1),
            None => self.contexts.len(),
        };
        self.contexts.drain(..unused);
        for queued in &mut self.events {
            queued.context -= unused;
        }
    }

    /// Moves the events of the next chunk to the end of this one. Returns `false` if they do not
    /// all fit.
    pub(super) fn try_append(&mut self, next: &mut Self) -> bool {
        if self.len() + next.len() > CHUNK_EVENTS {
            return false;
        }
        if self.contexts.len() + next.contexts.len() > MAX_CONTEXTS {
            self.remove_unused_contexts();
        }
        let offset = self.contexts.len();
        self.contexts.append(&mut next.contexts);
        self.events
            .extend(next.events.drain(..).map(|queued| QueuedEvent {
                context: offset + queued.context,
                ..queued
            }));
        true
    }

    /// Sets the sequence number of the first event.
    pub(super) fn set_first(&mut self, first: u64) {
        self.first = first;
    }

    /// Removes all events and keeps the allocated memory.
    pub(super) fn clear(&mut self) {
        self.events.clear();
        self.contexts.clear();
    }

    pub(super) fn is_full(&self) -> bool {
        self.events.len() >= CHUNK_EVENTS
    }

    /// Returns whether memory for [`CHUNK_EVENTS`] events is allocated.
    pub(super) fn has_capacity(&self) -> bool {
        self.events.capacity() >= CHUNK_EVENTS
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// Returns the sequence number of the first event.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// Removes and returns the first event.
    pub(crate) fn pop(&mut self) -> Option<QueuedEvent> {
        let queued = self.events.pop_front()?;
        self.first += 1;
        Some(queued)
    }

    /// Returns the context of one of the chunk's events.
    pub(crate) fn context(&self, queued: &QueuedEvent) -> EventContextRef<'_> {
        let context = self.contexts.get(queued.context);
        context.map_or(EventContextRef::NONE, EventContext::as_ref)
    }
}
