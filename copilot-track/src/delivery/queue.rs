//! The bounded hand-over from the application's threads to the delivery thread.
//!
//! The delivery thread looks in at a steady beat; pushing wakes it only when the queue becomes half
//! full. Waking a sleeping thread for every event would cost the caller a system call.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

#[cfg(feature = "spool")]
use super::overflow::DISK_PATIENCE;
use super::overflow::{Losses, Overflow, Room};
use crate::envelope::Envelope;
use crate::ledger::{Counters, DropReason};
use crate::sync::thread::{self, ThreadId};
use crate::sync::{AtomicBool, AtomicUsize, Mutex, MutexGuard, Ordering};

/// Conversations are spread over so many locks. One conversation's events stay in one shard, and
/// so in order.
pub(crate) const SHARDS: usize = 8;

/// A backlog keeps the memory for so many events when it is empty.
const MAX_IDLE_BACKLOG: usize = 4_096;

/// How much may wait in memory, and what happens beyond.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) overflow: Overflow,
}

/// An envelope and the memory that it was admitted with.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) envelope: Envelope,
    /// Its place among all events that ever came to the backlog.
    pub(crate) number: u64,
    size: usize,
}

/// Each lock on a cache line of its own, so that threads at different shards do not disturb each
/// other.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Aligned<T>(T);

#[derive(Debug, Default)]
struct Shard {
    waiting: Vec<Queued>,
    closed: bool,
}

#[derive(Debug, Default)]
struct Backlog {
    waiting: VecDeque<Queued>,
    /// How many events ever came.
    taken: u64,
}

/// The queue.
#[derive(Debug)]
pub(crate) struct Queue {
    shards: [Aligned<Mutex<Shard>>; SHARDS],
    /// What the delivery thread has taken from the shards, oldest first. It stays within reach of
    /// [`Overflow::DropOldest`] until its turn comes.
    backlog: Mutex<Backlog>,
    /// What was admitted and is not yet JSON.
    events: Aligned<AtomicUsize>,
    bytes: AtomicUsize,
    bounds: Bounds,
    room: Room,
    /// Whether room is not to be expected, as the disk takes nothing.
    stuck: AtomicBool,
    losses: Losses,
    /// Wakes the delivery thread.
    pub(crate) filling: Notify,
    /// The delivery thread, which must not wait for itself.
    worker: OnceLock<ThreadId>,
}

impl Queue {
    pub(crate) fn new(bounds: Bounds, counters: Arc<Counters>) -> Self {
        Self {
            shards: Default::default(),
            backlog: Mutex::default(),
            events: Aligned(AtomicUsize::new(0)),
            bytes: AtomicUsize::new(0),
            bounds,
            room: Room::default(),
            stuck: AtomicBool::new(false),
            losses: Losses::new(counters, DropReason::QueueFull, "queue"),
            filling: Notify::new(),
            worker: OnceLock::new(),
        }
    }

    /// Adds an envelope to a conversation's shard; `false` if the queue is closed. What is lost to
    /// make room, or for lack of it, is counted here.
    pub(crate) fn push(&self, shard: usize, envelope: Envelope) -> bool {
        // An event says itself how large it is, and may say anything.
        let size = envelope.size().min(self.bounds.bytes);
        if !self.reserve(size) && !self.make_room(size) {
            self.losses.count();
            return true;
        }
        let mut shard = self.shard(shard);
        if shard.closed {
            drop(shard);
            self.release(size);
            return false;
        }
        shard.waiting.push(Queued {
            envelope,
            number: 0,
            size,
        });
        true
    }

    /// Takes the room that an envelope needs, if it is there.
    fn reserve(&self, size: usize) -> bool {
        let events = self.events.0.fetch_add(1, Ordering::SeqCst);
        let bytes = self.bytes.fetch_add(size, Ordering::SeqCst);
        // The last one in may overshoot the bound of bytes: else an event that is larger than the
        // bound could never be cut and sent.
        let fits = events < self.bounds.events && bytes < self.bounds.bytes;
        if !fits {
            self.give_back(size);
        } else if crosses(events, 1, self.bounds.events / 2)
            || crosses(bytes, size, self.bounds.bytes / 2)
        {
            self.filling.notify_one();
        }
        fits
    }

    #[cold]
    fn make_room(&self, size: usize) -> bool {
        match self.bounds.overflow {
            Overflow::DropNewest => false,
            Overflow::DropOldest => {
                while let Some(oldest) = self.evict() {
                    self.release(oldest.size);
                    self.losses.count();
                    if self.reserve(size) {
                        return true;
                    }
                }
                false
            }
            Overflow::Block(timeout) => self.wait_for_room(size, timeout),
            #[cfg(feature = "spool")]
            Overflow::SpillToDisk => {
                if self.is_stuck() {
                    return false;
                }
                let found = self.wait_for_room(size, DISK_PATIENCE);
                if !found {
                    // Those who come next need not wait as long.
                    self.expect_room(false);
                }
                found
            }
        }
    }

    fn wait_for_room(&self, size: usize, timeout: Duration) -> bool {
        if self.worker.get() == Some(&thread::current().id()) {
            return false;
        }
        let deadline = Instant::now().checked_add(timeout);
        loop {
            self.filling.notify_one();
            let left = deadline.map_or(timeout, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if !self.room.wait(left, || self.has_room() || self.is_stuck()) {
                return false;
            }
            // Another caller may have been faster. A closed queue takes none.
            if self.reserve(size) {
                return true;
            }
            if left.is_zero() || self.is_stuck() || self.shard(0).closed {
                return false;
            }
        }
    }

    fn is_stuck(&self) -> bool {
        self.stuck.load(Ordering::SeqCst)
    }

    /// Whether the disk will make room; for [`Overflow::SpillToDisk`].
    pub(crate) fn expect_room(&self, room: bool) {
        if self.stuck.swap(!room, Ordering::SeqCst) == room {
            self.room.make();
        }
    }

    fn has_room(&self) -> bool {
        self.events.0.load(Ordering::SeqCst) < self.bounds.events
            && self.bytes.load(Ordering::SeqCst) < self.bounds.bytes
    }

    /// The oldest event that waits.
    fn evict(&self) -> Option<Queued> {
        if let Some(oldest) = self.backlog().waiting.pop_front() {
            return Some(oldest);
        }
        // What came since the delivery thread last looked in.
        (0..SHARDS).find_map(|index| {
            let mut shard = self.shard(index);
            (!shard.waiting.is_empty()).then(|| shard.waiting.remove(0))
        })
    }

    /// Moves all that waits in the shards to the backlog, and says how many events ever came there.
    pub(crate) fn take(&self) -> u64 {
        let backlog = &mut *self.backlog();
        for index in 0..SHARDS {
            let mut taken = {
                let mut shard = self.shard(index);
                if shard.waiting.is_empty() {
                    continue;
                }
                // The memory stays with the shard up to a size that a busy moment needs.
                let capacity = shard.waiting.capacity().min(1024);
                std::mem::replace(&mut shard.waiting, Vec::with_capacity(capacity))
            };
            for mut queued in taken.drain(..) {
                queued.number = backlog.taken;
                backlog.taken += 1;
                backlog.waiting.push_back(queued);
            }
        }
        backlog.taken
    }

    /// Moves up to `count` of the oldest events of the backlog to `stretch`.
    pub(crate) fn pull(&self, stretch: &mut VecDeque<Queued>, count: usize) {
        let backlog = &mut self.backlog().waiting;
        let count = count.min(backlog.len());
        stretch.extend(backlog.drain(..count));
        if backlog.is_empty() && backlog.capacity() > MAX_IDLE_BACKLOG {
            *backlog = VecDeque::new();
        }
    }

    /// The number of the backlog's first event, or of the next that will come.
    pub(crate) fn first(&self) -> u64 {
        let backlog = self.backlog();
        let first = backlog.waiting.front();
        first.map_or(backlog.taken, |queued| queued.number)
    }

    pub(crate) fn has_backlog(&self) -> bool {
        !self.backlog().waiting.is_empty()
    }

    /// Gives back the room of an envelope that has become JSON or was dropped.
    pub(crate) fn done(&self, queued: &Queued) {
        self.release(queued.size);
    }

    fn release(&self, size: usize) {
        self.give_back(size);
        self.room.make();
    }

    fn give_back(&self, size: usize) {
        self.events.0.fetch_sub(1, Ordering::SeqCst);
        self.bytes.fetch_sub(size, Ordering::SeqCst);
    }

    /// Tells the end of a time of losses, once there is room again.
    pub(crate) fn look_at_losses(&self) {
        if self.events.0.load(Ordering::Relaxed) <= self.bounds.events / 2
            && self.bytes.load(Ordering::Relaxed) <= self.bounds.bytes / 2
        {
            self.losses.end();
        }
    }

    /// Lets nothing more in. What a push had put in before is there for the next
    /// [`take`](Self::take).
    pub(crate) fn close(&self) {
        for index in 0..SHARDS {
            self.shard(index).closed = true;
        }
        self.room.close();
    }

    /// This thread is the delivery thread.
    pub(crate) fn serve(&self) {
        let _ = self.worker.set(thread::current().id());
    }

    fn backlog(&self) -> MutexGuard<'_, Backlog> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shard(&self, index: usize) -> MutexGuard<'_, Shard> {
        // No code of the application runs under the lock, so a poisoned one is still in order.
        #[allow(clippy::indexing_slicing, reason = "the remainder is below the length")]
        self.shards[index % SHARDS]
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether adding `more` to `before` reaches `mark`.
fn crosses(before: usize, more: usize, mark: usize) -> bool {
    before < mark && before.saturating_add(more) >= mark
}

#[cfg(test)]
#[cfg(not(shuttle))]
mod tests {
    use std::sync::mpsc;
    use std::time::SystemTime;

    use super::*;
    use crate::envelope::{Call, Identity};
    use crate::ids::EnvelopeId;
    use crate::random;
    use crate::user::User;

    fn envelope(traits: &str) -> Envelope {
        Envelope {
            id: EnvelopeId::from_uuid(random::uuid(0)),
            timestamp: SystemTime::UNIX_EPOCH,
            call: Call::Identify {
                identity: Arc::new(Identity::new(User::new_anonymous(), None)),
                traits: Ok(traits.to_owned()),
            },
        }
    }

    fn queue(events: usize, bytes: usize, overflow: Overflow) -> (Arc<Queue>, Arc<Counters>) {
        let counters = Arc::new(Counters::default());
        let bounds = Bounds {
            events,
            bytes,
            overflow,
        };
        (
            Arc::new(Queue::new(bounds, Arc::clone(&counters))),
            counters,
        )
    }

    fn waiting(queue: &Queue) -> Vec<String> {
        queue.take();
        let mut stretch = VecDeque::new();
        queue.pull(&mut stretch, usize::MAX);
        let text = |queued: &Queued| match &queued.envelope.call {
            Call::Identify {
                traits: Ok(traits), ..
            } => traits.clone(),
            _ => String::new(),
        };
        stretch.iter().map(text).collect()
    }

    fn lost(counters: &Counters) -> u64 {
        counters.read().dropped.queue_full
    }

    #[test]
    fn it_is_bounded_by_events() {
        let (queue, counters) = queue(2, usize::MAX, Overflow::DropNewest);
        for shard in 0..3 {
            assert!(queue.push(shard, envelope("")));
        }
        assert_eq!(lost(&counters), 1);
        let mut stretch = VecDeque::new();
        assert_eq!(queue.take(), 2);
        queue.pull(&mut stretch, 9);
        // Room is given back when an envelope is done, not when it is taken.
        queue.push(0, envelope(""));
        assert_eq!(lost(&counters), 2);
        queue.done(&stretch.pop_front().unwrap());
        queue.push(0, envelope(""));
        assert_eq!(lost(&counters), 2);
    }

    #[test]
    fn it_is_bounded_by_bytes_and_lets_one_large_event_in() {
        let (queue, counters) = queue(10, 1000, Overflow::DropNewest);
        queue.push(0, envelope(&"x".repeat(5000)));
        assert_eq!(lost(&counters), 0);
        queue.push(0, envelope(""));
        assert_eq!(lost(&counters), 1);
    }

    #[test]
    fn the_oldest_make_room() {
        let (queue, counters) = queue(3, usize::MAX, Overflow::DropOldest);
        for n in 0..3 {
            queue.push(0, envelope(&n.to_string()));
        }
        // Some are in the backlog already, some not.
        assert_eq!(queue.take(), 3);
        for n in 3..7 {
            queue.push(0, envelope(&n.to_string()));
        }
        assert_eq!(waiting(&queue), ["4", "5", "6"]);
        assert_eq!(lost(&counters), 4);
    }

    #[test]
    fn a_large_event_drives_out_several() {
        let small = envelope("").size();
        let (queue, counters) = queue(100, small * 3, Overflow::DropOldest);
        for n in 0..3 {
            queue.push(0, envelope(&n.to_string()));
        }
        queue.push(0, envelope(&"x".repeat(10 * small)));
        assert_eq!(waiting(&queue).len(), 3);
        assert_eq!(lost(&counters), 1);
    }

    #[test]
    fn a_blocked_caller_goes_on_when_there_is_room() {
        let (queue, counters) = queue(1, usize::MAX, Overflow::Block(Duration::from_secs(60)));
        queue.push(0, envelope("first"));
        let (pushed, done) = mpsc::channel();
        let other = Arc::clone(&queue);
        let thread = thread::spawn(move || {
            other.push(0, envelope("second"));
            let _ = pushed.send(());
        });
        while !queue.room.is_awaited() {
            thread::yield_now();
        }
        assert!(done.try_recv().is_err());
        queue.take();
        let mut stretch = VecDeque::new();
        queue.pull(&mut stretch, 1);
        queue.done(&stretch.pop_front().unwrap());
        done.recv().unwrap();
        thread.join().unwrap();
        assert_eq!(waiting(&queue), ["second"]);
        assert_eq!(lost(&counters), 0);
    }

    #[test]
    fn a_blocked_caller_gives_up_in_time_or_at_the_end() {
        let (full, counters) = queue(1, usize::MAX, Overflow::Block(Duration::from_millis(5)));
        full.push(0, envelope(""));
        assert!(full.push(0, envelope("")));
        assert_eq!(lost(&counters), 1);

        let (full, _) = queue(1, usize::MAX, Overflow::Block(Duration::MAX));
        full.push(0, envelope(""));
        let other = Arc::clone(&full);
        let thread = thread::spawn(move || other.push(0, envelope("")));
        while !full.room.is_awaited() {
            thread::yield_now();
        }
        full.close();
        thread.join().unwrap();
    }

    #[test]
    fn the_delivery_thread_never_waits_for_itself() {
        let (queue, counters) = queue(1, usize::MAX, Overflow::Block(Duration::MAX));
        queue.serve();
        queue.push(0, envelope(""));
        queue.push(0, envelope(""));
        assert_eq!(lost(&counters), 1);
    }

    #[test]
    fn nothing_enters_after_close() {
        let (queue, _) = queue(10, 10_000, Overflow::DropNewest);
        assert!(queue.push(3, envelope("")));
        queue.close();
        assert!(!queue.push(3, envelope("")));
        assert_eq!(queue.take(), 1);
    }

    #[tokio::test]
    async fn it_wakes_the_worker_when_half_full() {
        let (queue, _) = queue(4, usize::MAX, Overflow::DropNewest);
        queue.push(0, envelope(""));
        queue.push(0, envelope(""));
        queue.filling.notified().await;
    }

    #[test]
    fn one_shard_keeps_its_order() {
        let (queue, _) = queue(100, usize::MAX, Overflow::DropNewest);
        let order: Vec<_> = (0..10).map(|n| n.to_string()).collect();
        for n in &order {
            queue.push(5, envelope(n));
        }
        assert_eq!(waiting(&queue), order);
    }
}
