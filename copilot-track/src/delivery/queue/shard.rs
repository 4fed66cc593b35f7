//! The events of some conversations, in order.

use std::collections::VecDeque;

use crate::delivery::queue::chunk::{Chunk, QueuedEvent};
use crate::delivery::queue::permits::Permits;

#[derive(Debug, Default)]
pub(super) struct Shard {
    /// Full ones, the oldest first.
    pub(super) full: VecDeque<Chunk>,
    pub(super) open: Chunk,
    /// Room that is taken, and not yet used.
    pub(super) permits: Permits,
    pub(super) closed: bool,
}

impl Shard {
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
