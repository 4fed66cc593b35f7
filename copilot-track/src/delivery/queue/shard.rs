//! The part of the queue that callers push to.

use std::collections::VecDeque;

use crate::delivery::queue::chunk::{Chunk, QueuedEvent};

/// The events of the conversations that belong to the shard, in order.
#[derive(Debug, Default)]
pub(super) struct Shard {
    /// Full chunks, oldest first.
    pub(super) full: VecDeque<Chunk>,
    /// The chunk that events are added to.
    pub(super) open: Chunk,
    pub(super) closed: bool,
}

impl Shard {
    /// Removes and returns the oldest event.
    pub(super) fn pop(&mut self) -> Option<QueuedEvent> {
        while let Some(oldest) = self.full.front_mut() {
            if let Some(queued) = oldest.pop() {
                return Some(queued);
            }
            self.full.pop_front();
        }
        self.open.pop()
    }
}
