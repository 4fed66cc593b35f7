//! The part of the queue that the delivery thread reads.

use std::collections::VecDeque;

use crate::delivery::queue::chunk::{Chunk, QueuedEvent};

/// The events collected from the shards, in the order in which they will be sent.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    pub(super) chunks: VecDeque<Chunk>,
    /// The total number of events ever added.
    pub(super) total: u64,
}

impl Backlog {
    pub(super) fn push(&mut self, mut chunk: Chunk) {
        chunk.set_first(self.total);
        self.total += chunk.len() as u64;
        self.chunks.push_back(chunk);
    }

    /// Moves the events of a chunk into the last chunk of the backlog. Returns `false` if they do
    /// not fit.
    ///
    /// While nothing can be sent, each collection yields chunks that contain few events but have
    /// memory allocated for many. Merging them saves that memory.
    pub(super) fn try_merge(&mut self, chunk: &mut Chunk) -> bool {
        let events = chunk.len() as u64;
        let last = self.chunks.back_mut();
        let merged = events == 0 || last.is_some_and(|last| last.try_append(chunk));
        if merged {
            self.total += events;
        }
        merged
    }

    /// Removes and returns the oldest event.
    pub(super) fn pop(&mut self) -> Option<QueuedEvent> {
        let oldest = self.chunks.front_mut().and_then(Chunk::pop);
        while self.chunks.front().is_some_and(Chunk::is_empty) {
            self.chunks.pop_front();
        }
        oldest
    }
}
