//! What happens when the queue is full.

use std::time::{Duration, Instant};

use crate::delivery::queue::bounded::{Admitted, Queue, SHARDS};
use crate::delivery::queue::chunk::{Chunk, Queued};
#[cfg(feature = "spool")]
use crate::delivery::queue::overflow::DISK_PATIENCE;
use crate::delivery::queue::overflow::Overflow;
use crate::util::sync::Ordering;
use crate::util::sync::thread;

impl Queue {
    /// Makes room for one event, and takes it.
    #[cold]
    pub(super) fn make_room(&self, size: usize) -> Option<Admitted> {
        if self.process.is_another() {
            return None;
        }
        match self.bounds.overflow {
            Overflow::DropNewest => None,
            Overflow::DropOldest => loop {
                let oldest = self.evict()?;
                self.release(1, oldest.size);
                self.losses.count();
                let admitted = self.reserve(1, size, false);
                if admitted.is_some() {
                    return admitted;
                }
            },
            Overflow::Block(timeout) => self.wait_for_room(size, timeout),
            #[cfg(feature = "spool")]
            Overflow::SpillToDisk => {
                if self.is_stuck() {
                    return None;
                }
                let admitted = self.wait_for_room(size, DISK_PATIENCE);
                if admitted.is_none() {
                    // Those who come next need not wait as long.
                    self.expect_room(false);
                }
                admitted
            }
        }
    }

    fn wait_for_room(&self, size: usize, timeout: Duration) -> Option<Admitted> {
        if self.worker.get() == Some(&thread::current().id()) {
            return None;
        }
        let deadline = Instant::now().checked_add(timeout);
        loop {
            self.filling.notify_one();
            let left = deadline.map_or(timeout, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if !self.room.wait(left, || self.has_room() || self.is_stuck()) {
                return None;
            }
            // Another caller may have been faster. A closed queue takes none.
            let admitted = self.reserve(1, size, false);
            if admitted.is_some() {
                return admitted;
            }
            if left.is_zero() || self.is_stuck() || self.shard(0).closed {
                return None;
            }
        }
    }

    fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::SeqCst)
    }

    /// Whether the disk will make room; for `Overflow::SpillToDisk`.
    pub(crate) fn expect_room(&self, room: bool) {
        if self.stuck.swap(!room, Ordering::SeqCst) == room {
            self.room.make();
        }
    }

    fn has_room(&self) -> bool {
        self.level.0.events.load(Ordering::SeqCst) < self.bounds.events
            && self.level.0.bytes.load(Ordering::SeqCst) < self.bounds.bytes
    }

    /// The oldest event that waits.
    pub(super) fn evict(&self) -> Option<Queued> {
        let oldest = {
            let waiting = &mut self.backlog().waiting;
            let oldest = waiting.front_mut().and_then(Chunk::pop);
            while waiting.front().is_some_and(Chunk::is_empty) {
                waiting.pop_front();
            }
            oldest
        };
        // Else what came since the delivery thread last looked in.
        oldest.or_else(|| (0..SHARDS).find_map(|index| self.shard(index).pop()))
    }
}
