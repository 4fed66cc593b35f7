//! The bounded hand-over from the application's threads to the delivery thread.
//!
//! The delivery thread looks in at a steady beat; pushing wakes it only when the queue becomes half
//! full. Waking a sleeping thread for every event would cost the caller a system call.

use std::sync::{Arc, OnceLock, TryLockError};

use tokio::sync::Notify;

use crate::delivery::envelope::{AboutRef, Envelope};
use crate::delivery::overflow_log::Losses;
use crate::delivery::queue::backlog::Backlog;
use crate::delivery::queue::chunk::{CHUNK, Chunk, Queued};
use crate::delivery::queue::chunk_pool::Spares;
use crate::delivery::queue::limits::Bounds;
use crate::delivery::queue::permits::Credit;
use crate::delivery::queue::shard::Shard;
use crate::delivery::queue::space::Room;
use crate::ledger::counters::{Counters, LANES};
use crate::ledger::drop_reason::DropReason;
use crate::util::cache_padded::CachePadded;
use crate::util::process::Process;
use crate::util::sync::thread::{self, ThreadId};
use crate::util::sync::{AtomicBool, AtomicUsize, Mutex, MutexGuard, Ordering, lock};

/// Conversations are spread over so many locks. One conversation's events stay in one shard, and
/// so in order. Each counts in a lane of the ledger's own.
pub(crate) const SHARDS: usize = LANES;

/// The queue.
#[derive(Debug)]
pub(crate) struct Queue {
    /// Each lock on a cache line of its own, so that threads at different shards do not disturb
    /// each other.
    pub(super) shards: [CachePadded<Mutex<Shard>>; SHARDS],
    /// What the delivery thread has taken from the shards, oldest first. It stays within reach of
    /// [`Overflow::DropOldest`] until its turn comes.
    pub(super) backlog: CachePadded<Mutex<Backlog>>,
    pub(super) spares: CachePadded<Spares>,
    pub(super) level: CachePadded<Level>,
    pub(super) bounds: Bounds,
    pub(super) ahead: Credit,
    pub(super) room: Room,
    /// Whether room is not to be expected, as the disk takes nothing.
    pub(super) stuck: AtomicBool,
    pub(super) counters: Arc<Counters>,
    pub(super) losses: Losses,
    /// Wakes the delivery thread.
    pub(crate) filling: Notify,
    /// The delivery thread, which must not wait for itself.
    pub(super) worker: OnceLock<ThreadId>,
    pub(super) process: Process,
}

/// What was admitted and is not yet JSON, and what the shards have taken ahead. It changes often,
/// so it is kept apart from what is only read.
#[derive(Debug, Default)]
pub(super) struct Level {
    pub(super) events: AtomicUsize,
    pub(super) bytes: AtomicUsize,
}

/// An envelope was admitted.
#[derive(Clone, Copy)]
pub(super) struct Admitted {
    /// The queue has become half full by it.
    half_full: bool,
}

impl Queue {
    pub(crate) fn new(bounds: Bounds, counters: Arc<Counters>) -> Self {
        Self::taking_ahead(bounds, counters, Credit::ahead(bounds))
    }

    pub(crate) fn taking_ahead(bounds: Bounds, counters: Arc<Counters>, ahead: Credit) -> Self {
        Self {
            shards: Default::default(),
            backlog: CachePadded::default(),
            spares: CachePadded::default(),
            level: CachePadded::default(),
            bounds,
            ahead,
            room: Room::default(),
            stuck: AtomicBool::new(false),
            losses: Losses::new(Arc::clone(&counters), DropReason::QueueFull, "queue"),
            counters,
            filling: Notify::new(),
            worker: OnceLock::new(),
            process: Process::this(),
        }
    }

    /// Counts an envelope as emitted and adds it to a conversation's shard; `false` if the queue is
    /// closed. What is lost to make room, or for lack of it, is counted here.
    pub(crate) fn push(&self, index: usize, about: AboutRef<'_>, envelope: Envelope) -> bool {
        // An event says itself how large it is, and may say anything.
        let size = envelope.size().min(self.bounds.bytes);
        let Some(mut shard) = self.shard_here(index) else {
            self.counters.emitted();
            return false;
        };
        self.counters.emitted_in(index);
        if shard.closed {
            return false;
        }
        let mut admitted = self.admit(&mut shard.credit, size);
        if admitted.is_none() {
            // Others must not wait at this shard while room is made.
            drop(shard);
            admitted = self.make_room(size);
            if admitted.is_none() {
                self.losses.count();
                return true;
            }
            shard = self.shard(index);
            if shard.closed {
                drop(shard);
                self.release(1, size);
                return false;
            }
        }
        if !shard.open.is_made() || shard.open.is_full() {
            self.open_chunk(&mut shard);
        }
        shard.open.push(about, envelope, size);
        drop(shard);
        if admitted.is_some_and(|admitted| admitted.half_full) && !self.process.is_another() {
            self.filling.notify_one();
        }
        true
    }

    #[cold]
    fn open_chunk(&self, shard: &mut Shard) {
        let (spare, few) = self.spares.0.take();
        let full = std::mem::replace(&mut shard.open, spare.unwrap_or_else(Chunk::with_memory));
        if !full.is_empty() {
            shard.full.push_back(full);
        }
        if few && !self.process.is_another() {
            // Once in thousands of events, and only when they come faster than they leave.
            self.filling.notify_one();
        }
    }

    /// Makes memory ready that the callers will need; `true` if there is more of that to be done.
    pub(crate) fn make_spares(&self) -> bool {
        let level = &self.level.0;
        let events =
            self.bounds.events - level.events.load(Ordering::Relaxed).min(self.bounds.events);
        let bytes = self.bounds.bytes - level.bytes.load(Ordering::Relaxed).min(self.bounds.bytes);
        self.spares
            .0
            .make((events / CHUNK).min(bytes / (CHUNK * size_of::<Queued>())))
    }

    /// Finds room for an envelope in what the shard has ahead or, if need be, in what all share.
    fn admit(&self, credit: &mut Credit, size: usize) -> Option<Admitted> {
        if credit.events > 0 && credit.bytes >= size {
            credit.events -= 1;
            credit.bytes -= size;
            return Some(Admitted { half_full: false });
        }
        let events = if credit.events > 0 {
            0
        } else {
            1 + self.ahead.events
        };
        let bytes = if credit.bytes >= size {
            0
        } else {
            size - credit.bytes + self.ahead.bytes
        };
        if let Some(admitted) = self.reserve(events, bytes, true) {
            credit.events = credit.events + events - 1;
            credit.bytes = credit.bytes + bytes - size;
            return Some(admitted);
        }
        // It is nearly full: nothing is taken ahead any more.
        let credit = std::mem::take(credit);
        self.give_back(credit.events, credit.bytes);
        self.reserve(1, size, false)
    }

    /// Takes room, if it is there. Nothing is taken for a moment only: others would find the queue
    /// full, and drive out more than they need.
    pub(super) fn reserve(&self, events: usize, bytes: usize, whole: bool) -> Option<Admitted> {
        let take = |level: &AtomicUsize, more: usize, bound: usize| {
            let update = |before: usize| {
                let fits = if whole {
                    before.saturating_add(more) <= bound
                } else {
                    // The last one in may overshoot the bound of bytes: else an event that is
                    // larger than the bound could never be cut and sent.
                    before < bound
                };
                fits.then(|| before.wrapping_add(more))
            };
            level
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, update)
                .ok()
        };
        let events_before = take(&self.level.0.events, events, self.bounds.events)?;
        let Some(bytes_before) = take(&self.level.0.bytes, bytes, self.bounds.bytes) else {
            self.give_back(events, 0);
            return None;
        };
        let half_full = crosses(events_before, events, self.bounds.events / 2)
            || crosses(bytes_before, bytes, self.bounds.bytes / 2);
        Some(Admitted { half_full })
    }

    /// Moves all that waits in the shards to the backlog, and says how many events ever came there.
    pub(crate) fn take(&self) -> u64 {
        let mut room = false;
        let mut backlog = self.backlog();
        for index in 0..SHARDS {
            let mut shard = self.shard(index);
            let credit = std::mem::take(&mut shard.credit);
            if credit.events + credit.bytes > 0 {
                // While the shard is locked: room that is nobody's for a moment would be missed by
                // its own callers, who would find the queue full.
                self.give_back(credit.events, credit.bytes);
                room = true;
            }
            while let Some(chunk) = shard.full.pop_front() {
                backlog.add(chunk);
            }
            if !backlog.join(&mut shard.open) {
                backlog.add(std::mem::take(&mut shard.open));
            }
        }
        let taken = backlog.taken;
        drop(backlog);
        if room {
            self.room.make();
        }
        taken
    }

    /// Puts the backlog's oldest chunk in the place of one that is used up; `false` if there is
    /// none.
    pub(crate) fn pull(&self, stretch: &mut Chunk) -> bool {
        let oldest = self.backlog().waiting.pop_front();
        let found = oldest.is_some();
        self.spares
            .0
            .keep(std::mem::replace(stretch, oldest.unwrap_or_default()));
        found
    }

    /// Gives memory back, a part at each quiet moment, that a burst has needed.
    pub(crate) fn tidy(&self) {
        self.spares.0.tidy();
    }

    /// The number of the backlog's first event, or of the next that will come.
    pub(crate) fn first(&self) -> u64 {
        let backlog = self.backlog();
        let first = backlog.waiting.front();
        first.map_or(backlog.taken, Chunk::first)
    }

    pub(crate) fn has_backlog(&self) -> bool {
        !self.backlog().waiting.is_empty()
    }

    /// Gives back the room of envelopes that have become JSON or were dropped.
    pub(crate) fn release(&self, events: usize, bytes: usize) {
        self.give_back(events, bytes);
        self.room.make();
    }

    fn give_back(&self, events: usize, bytes: usize) {
        self.level.0.events.fetch_sub(events, Ordering::SeqCst);
        self.level.0.bytes.fetch_sub(bytes, Ordering::SeqCst);
    }

    /// Tells the end of a time of losses, once there is room again.
    pub(crate) fn look_at_losses(&self) {
        if self.level.0.events.load(Ordering::Relaxed) <= self.bounds.events / 2
            && self.level.0.bytes.load(Ordering::Relaxed) <= self.bounds.bytes / 2
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

    /// A shard, unless a thread that a fork has left behind holds it for ever.
    fn shard_here(&self, index: usize) -> Option<MutexGuard<'_, Shard>> {
        match self.shards[index % SHARDS].0.try_lock() {
            Ok(shard) => Some(shard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if self.process.is_another() => None,
            Err(TryLockError::WouldBlock) => Some(self.shard(index)),
        }
    }

    pub(super) fn shard(&self, index: usize) -> MutexGuard<'_, Shard> {
        lock(&self.shards[index % SHARDS].0)
    }

    pub(super) fn backlog(&self) -> MutexGuard<'_, Backlog> {
        lock(&self.backlog.0)
    }
}

/// Whether adding `more` to `before` reaches `mark`.
fn crosses(before: usize, more: usize, mark: usize) -> bool {
    before < mark && before.saturating_add(more) >= mark
}
