//! Events in a row, handed over together.

use std::collections::VecDeque;

use crate::delivery::envelope::{About, AboutRef, Envelope};

/// So many events are handed over, and become JSON, in one go.
pub(crate) const CHUNK: usize = 256;

/// So many of the latest events' conversations and messages are looked through for the next one's.
const LOOK_BACK: usize = 4;

/// An envelope and the memory that it was admitted with.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) envelope: Envelope,
    /// Its place among what the chunk's events are about.
    about: usize,
    pub(crate) size: usize,
}

/// Up to [`CHUNK`] events of one shard.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// The place of its first event among all that ever came to the backlog.
    first: u64,
    events: VecDeque<Queued>,
    abouts: Vec<About>,
}

impl Chunk {
    /// With the memory for all of its events.
    pub(super) fn with_memory() -> Self {
        Self {
            first: 0,
            events: VecDeque::with_capacity(CHUNK),
            abouts: Vec::with_capacity(LOOK_BACK),
        }
    }

    /// The same, with memory that was written into, and so is there.
    pub(super) fn touched() -> Self {
        let mut chunk = Self::with_memory();
        let nothing = || Queued {
            envelope: Envelope {
                id: None,
                timestamp: std::time::SystemTime::UNIX_EPOCH,
                call: crate::delivery::envelope::Call::Identify(Ok(Box::default())),
            },
            about: 0,
            size: 0,
        };
        chunk.events.resize_with(CHUNK, nothing);
        // The compiler would leave out what nobody sees.
        std::hint::black_box(&mut chunk.events).clear();
        chunk
    }

    pub(super) fn push(&mut self, about: AboutRef<'_>, envelope: Envelope, size: usize) {
        let mut latest = self.abouts.iter().enumerate().rev().take(LOOK_BACK);
        let same = latest.find(|(_, held)| about.is(held)).map(|(at, _)| at);
        let about = same.unwrap_or_else(|| {
            self.abouts.push(about.to_owned());
            self.abouts.len() - 1
        });
        self.events.push_back(Queued {
            envelope,
            about,
            size,
        });
    }

    /// Takes over another's events, which come right behind its own, if they fit.
    pub(super) fn append(&mut self, other: &mut Self) -> bool {
        if self.len() + other.len() > CHUNK {
            return false;
        }
        let before = self.abouts.len();
        self.abouts.append(&mut other.abouts);
        self.events
            .extend(other.events.drain(..).map(|queued| Queued {
                about: before + queued.about,
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
        self.abouts.clear();
    }

    pub(super) fn is_full(&self) -> bool {
        self.events.len() >= CHUNK
    }

    /// Whether it has the memory for a chunk's events.
    pub(super) fn is_made(&self) -> bool {
        self.events.capacity() >= CHUNK
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
    pub(crate) fn pop(&mut self) -> Option<Queued> {
        let queued = self.events.pop_front()?;
        self.first += 1;
        Some(queued)
    }

    /// What an event of it is about.
    pub(crate) fn about(&self, queued: &Queued) -> AboutRef<'_> {
        let about = self.abouts.get(queued.about);
        about.map_or(AboutRef::NOBODY, About::as_ref)
    }
}
