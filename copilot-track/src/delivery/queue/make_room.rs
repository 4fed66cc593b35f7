//! What happens when the queue is full.

use std::time::{Duration, Instant};

use crate::delivery::queue::bounded::{Queue, Reservation, SHARDS};
use crate::delivery::queue::chunk::{Chunk, QueuedEvent};
#[cfg(feature = "spool")]
use crate::delivery::queue::overflow::DISK_WAIT_TIMEOUT;
use crate::delivery::queue::overflow::Overflow;
use crate::util::sync::Ordering;
use crate::util::sync::thread;

impl Queue {
    /// Makes room for one event, and takes it.
    #[cold]
    pub(super) fn make_room(&self, size: usize) -> Option<Reservation> {
        if self.process.is_fork() {
            return None;
        }
        match self.limits.overflow {
            Overflow::DropNewest => None,
            Overflow::DropOldest => loop {
                let oldest = self.pop_oldest()?;
                self.release(1, oldest.size);
                self.overflow_log.record_drop();
                let reservation = self.reserve(1, size, false);
                if reservation.is_some() {
                    return reservation;
                }
            },
            Overflow::Block(timeout) => self.wait_for_room(size, timeout),
            #[cfg(feature = "spool")]
            Overflow::SpillToDisk => {
                if self.is_disk_stuck() {
                    return None;
                }
                let reservation = self.wait_for_room(size, DISK_WAIT_TIMEOUT);
                if reservation.is_none() {
                    // Those who come next need not wait as long.
                    self.set_disk_stuck(false);
                }
                reservation
            }
        }
    }

    fn wait_for_room(&self, size: usize, timeout: Duration) -> Option<Reservation> {
        if self.worker.get() == Some(&thread::current().id()) {
            return None;
        }
        let deadline = Instant::now().checked_add(timeout);
        loop {
            self.wake_worker.notify_one();
            let left = deadline.map_or(timeout, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if !self
                .space
                .wait(left, || self.has_room() || self.is_disk_stuck())
            {
                return None;
            }
            // Another caller may have been faster. A closed queue takes none.
            let reservation = self.reserve(1, size, false);
            if reservation.is_some() {
                return reservation;
            }
            if left.is_zero() || self.is_disk_stuck() || self.shard(0).closed {
                return None;
            }
        }
    }

    fn is_disk_stuck(&self) -> bool {
        self.disk_stuck.load(Ordering::SeqCst)
    }

    /// Whether the disk will make room; for `Overflow::SpillToDisk`.
    pub(crate) fn set_disk_stuck(&self, room: bool) {
        if self.disk_stuck.swap(!room, Ordering::SeqCst) == room {
            self.space.notify();
        }
    }

    fn has_room(&self) -> bool {
        self.usage.0.events.load(Ordering::SeqCst) < self.limits.events
            && self.usage.0.bytes.load(Ordering::SeqCst) < self.limits.bytes
    }

    /// The oldest event that waits.
    pub(super) fn pop_oldest(&self) -> Option<QueuedEvent> {
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
