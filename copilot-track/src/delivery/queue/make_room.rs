//! Makes room for a new event when the queue is full, as the overflow policy specifies.

use std::time::{Duration, Instant};

use crate::delivery::queue::chunk::QueuedEvent;
use crate::delivery::queue::limits::LARGE_EVENT;
#[cfg(feature = "spool")]
use crate::delivery::queue::overflow_policy::DISK_WAIT_TIMEOUT;
use crate::delivery::queue::overflow_policy::Overflow;
use crate::delivery::queue::queue::{Queue, SHARDS};
use crate::delivery::queue::usage::Reservation;
use crate::util::sync::{Ordering, thread};

impl Queue {
    /// Makes room for one event and reserves it. Returns `None` if the event must be dropped.
    /// `max_wait` shortens the wait that the overflow policy allows.
    #[cold]
    pub(super) fn make_room(&self, size: usize, max_wait: Option<Duration>) -> Option<Reservation> {
        let wait_of = |timeout: Duration| max_wait.map_or(timeout, |max| max.min(timeout));
        if self.process.is_fork() {
            return None;
        }
        match self.limits.overflow {
            Overflow::DropNewest => None,
            // One large event would replace hundreds of others.
            Overflow::DropOldest if size > LARGE_EVENT => None,
            Overflow::DropOldest => loop {
                let oldest = self.pop_oldest()?;
                self.release(1, oldest.size);
                self.overflow_log.record_drop();
                let reservation = self.usage.try_reserve(size, &self.limits);
                if reservation.is_some() {
                    return reservation;
                }
            },
            Overflow::Block(timeout) => self.wait_for_room(size, wait_of(timeout)),
            #[cfg(feature = "spool")]
            Overflow::SpillToDisk => {
                if self.is_disk_stuck() {
                    return None;
                }
                let timeout = wait_of(DISK_WAIT_TIMEOUT);
                let reservation = self.wait_for_room(size, timeout);
                if reservation.is_none() && timeout == DISK_WAIT_TIMEOUT {
                    // Later callers drop their events immediately until the disk has made room.
                    self.set_disk_stuck(true);
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
            let is_over = || self.usage.has_room(size, &self.limits) || self.is_disk_stuck();
            if !self.space.wait(left, is_over) {
                return None;
            }
            // Another caller may have taken the room. A closed queue admits nothing.
            let reservation = self.usage.try_reserve(size, &self.limits);
            if reservation.is_some() {
                return reservation;
            }
            if left.is_zero() || self.is_disk_stuck() || self.shard(0).closed {
                return None;
            }
        }
    }

    pub(super) fn is_disk_stuck(&self) -> bool {
        self.disk_stuck.load(Ordering::SeqCst)
    }

    /// Sets whether the disk is stuck, which can happen only with `Overflow::SpillToDisk`. While
    /// the disk is stuck, callers do not wait for room.
    pub(crate) fn set_disk_stuck(&self, stuck: bool) {
        if self.disk_stuck.swap(stuck, Ordering::SeqCst) != stuck {
            self.space.notify();
        }
    }

    /// Removes and returns the oldest event.
    pub(super) fn pop_oldest(&self) -> Option<QueuedEvent> {
        let oldest = self.backlog().pop();
        // If the backlog is empty, the oldest event is in a shard.
        oldest.or_else(|| (0..SHARDS).find_map(|index| self.shard(index).pop()))
    }
}
