//! What the delivery thread has taken from the shards.

use std::collections::VecDeque;

use crate::delivery::queue::chunk::Chunk;

#[derive(Debug, Default)]
pub(super) struct Backlog {
    pub(super) waiting: VecDeque<Chunk>,
    /// How many events ever came.
    pub(super) taken: u64,
}

impl Backlog {
    pub(super) fn push(&mut self, mut chunk: Chunk) {
        chunk.number(self.taken);
        self.taken += chunk.len() as u64;
        self.waiting.push_back(chunk);
    }

    /// Adds the events of a chunk to the last one's, if they fit. While nothing can be sent, each
    /// look at the shards finds a few events in chunks that have the memory for many.
    pub(super) fn try_merge(&mut self, chunk: &mut Chunk) -> bool {
        let events = chunk.len() as u64;
        let last = self.waiting.back_mut();
        let merged = events == 0 || last.is_some_and(|last| last.try_append(chunk));
        if merged {
            self.taken += events;
        }
        merged
    }
}
