//! The bounded hand-over from the application's threads to the delivery thread.
//!
//! The delivery thread looks in at a steady beat; pushing wakes it only when the queue becomes half
//! full. Waking a sleeping thread for every event would cost the caller a system call.

use std::sync::{Arc, OnceLock, TryLockError};

use tokio::sync::Notify;

use crate::delivery::envelope::{Envelope, EventContextRef};
use crate::delivery::overflow_log::OverflowLog;
use crate::delivery::queue::backlog::Backlog;
use crate::delivery::queue::chunk::{CHUNK_EVENTS, Chunk, QueuedEvent};
use crate::delivery::queue::chunk_pool::ChunkPool;
use crate::delivery::queue::limits::QueueLimits;
use crate::delivery::queue::permits::Permits;
use crate::delivery::queue::shard::Shard;
use crate::delivery::queue::space::SpaceSignal;
use crate::ledger::counters::{Counters, LANES};
use crate::ledger::drop_reason::DropReason;
use crate::util::cache_padded::CachePadded;
use crate::util::process::ProcessId;
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
    pub(super) pool: CachePadded<ChunkPool>,
    pub(super) usage: CachePadded<QueueUsage>,
    pub(super) limits: QueueLimits,
    pub(super) permits_per_shard: Permits,
    pub(super) space: SpaceSignal,
    /// Whether room is not to be expected, as the disk takes nothing.
    pub(super) disk_stuck: AtomicBool,
    pub(super) counters: Arc<Counters>,
    pub(super) overflow_log: OverflowLog,
    /// Wakes the delivery thread.
    pub(crate) wake_worker: Notify,
    /// The delivery thread, which must not wait for itself.
    pub(super) worker: OnceLock<ThreadId>,
    pub(super) process: ProcessId,
}

/// What was admitted and is not yet JSON, and what the shards have taken ahead. It changes often,
/// so it is kept apart from what is only read.
#[derive(Debug, Default)]
pub(super) struct QueueUsage {
    pub(super) events: AtomicUsize,
    pub(super) bytes: AtomicUsize,
}

/// An envelope was admitted.
#[derive(Clone, Copy)]
pub(super) struct Reservation {
    /// The queue has become half full by it.
    half_full: bool,
}

impl Queue {
    pub(crate) fn new(limits: QueueLimits, counters: Arc<Counters>) -> Self {
        Self::with_permits(limits, counters, Permits::ahead(limits))
    }

    pub(crate) fn with_permits(
        limits: QueueLimits,
        counters: Arc<Counters>,
        permits_per_shard: Permits,
    ) -> Self {
        Self {
            shards: Default::default(),
            backlog: CachePadded::default(),
            pool: CachePadded::default(),
            usage: CachePadded::default(),
            limits,
            permits_per_shard,
            space: SpaceSignal::default(),
            disk_stuck: AtomicBool::new(false),
            overflow_log: OverflowLog::new(Arc::clone(&counters), DropReason::QueueFull, "queue"),
            counters,
            wake_worker: Notify::new(),
            worker: OnceLock::new(),
            process: ProcessId::current(),
        }
    }

    /// Counts an envelope as emitted and adds it to a conversation's shard; `false` if the queue is
    /// closed. What is lost to make room, or for lack of it, is counted here.
    pub(crate) fn push(
        &self,
        index: usize,
        context: EventContextRef<'_>,
        envelope: Envelope,
    ) -> bool {
        // An event says itself how large it is, and may say anything.
        let size = envelope.size().min(self.limits.bytes);
        let Some(mut shard) = self.lock_shard_or_fork(index) else {
            self.counters.count_emitted();
            return false;
        };
        self.counters.emitted_in(index);
        if shard.closed {
            return false;
        }
        let mut reservation = self.reserve_from_permits(&mut shard.permits, size);
        if reservation.is_none() {
            // Others must not wait at this shard while room is made.
            drop(shard);
            reservation = self.make_room(size);
            if reservation.is_none() {
                self.overflow_log.record_drop();
                return true;
            }
            shard = self.shard(index);
            if shard.closed {
                drop(shard);
                self.release(1, size);
                return false;
            }
        }
        if !shard.open.has_capacity() || shard.open.is_full() {
            self.open_chunk(&mut shard);
        }
        shard.open.push(context, envelope, size);
        drop(shard);
        if reservation.is_some_and(|reservation| reservation.half_full) && !self.process.is_fork() {
            self.wake_worker.notify_one();
        }
        true
    }

    #[cold]
    fn open_chunk(&self, shard: &mut Shard) {
        let (pooled, few) = self.pool.0.take();
        let full = std::mem::replace(&mut shard.open, pooled.unwrap_or_else(Chunk::with_memory));
        if !full.is_empty() {
            shard.full.push_back(full);
        }
        if few && !self.process.is_fork() {
            // Once in thousands of events, and only when they come faster than they leave.
            self.wake_worker.notify_one();
        }
    }

    /// Makes memory ready that the callers will need; `true` if there is more of that to be done.
    pub(crate) fn refill_pool(&self) -> bool {
        let usage = &self.usage.0;
        let events =
            self.limits.events - usage.events.load(Ordering::Relaxed).min(self.limits.events);
        let bytes = self.limits.bytes - usage.bytes.load(Ordering::Relaxed).min(self.limits.bytes);
        self.pool
            .0
            .make((events / CHUNK_EVENTS).min(bytes / (CHUNK_EVENTS * size_of::<QueuedEvent>())))
    }

    /// Finds room for an envelope in what the shard has ahead or, if need be, in what all share.
    fn reserve_from_permits(&self, permits: &mut Permits, size: usize) -> Option<Reservation> {
        if permits.events > 0 && permits.bytes >= size {
            permits.events -= 1;
            permits.bytes -= size;
            return Some(Reservation { half_full: false });
        }
        let events = if permits.events > 0 {
            0
        } else {
            1 + self.permits_per_shard.events
        };
        let bytes = if permits.bytes >= size {
            0
        } else {
            size - permits.bytes + self.permits_per_shard.bytes
        };
        if let Some(reservation) = self.reserve(events, bytes, true) {
            permits.events = permits.events + events - 1;
            permits.bytes = permits.bytes + bytes - size;
            return Some(reservation);
        }
        // It is nearly full: nothing is taken ahead any more.
        let permits = std::mem::take(permits);
        self.free(permits.events, permits.bytes);
        self.reserve(1, size, false)
    }

    /// Takes room, if it is there. Nothing is taken for a moment only: others would find the queue
    /// full, and drive out more than they need.
    pub(super) fn reserve(&self, events: usize, bytes: usize, whole: bool) -> Option<Reservation> {
        let take = |usage: &AtomicUsize, more: usize, bound: usize| {
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
            usage
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, update)
                .ok()
        };
        let events_before = take(&self.usage.0.events, events, self.limits.events)?;
        let Some(bytes_before) = take(&self.usage.0.bytes, bytes, self.limits.bytes) else {
            self.free(events, 0);
            return None;
        };
        let half_full = crosses(events_before, events, self.limits.events / 2)
            || crosses(bytes_before, bytes, self.limits.bytes / 2);
        Some(Reservation { half_full })
    }

    /// Moves all that waits in the shards to the backlog, and says how many events ever came there.
    pub(crate) fn collect(&self) -> u64 {
        let mut room = false;
        let mut backlog = self.backlog();
        for index in 0..SHARDS {
            let mut shard = self.shard(index);
            let permits = std::mem::take(&mut shard.permits);
            if permits.events + permits.bytes > 0 {
                // While the shard is locked: room that is nobody's for a moment would be missed by
                // its own callers, who would find the queue full.
                self.free(permits.events, permits.bytes);
                room = true;
            }
            while let Some(chunk) = shard.full.pop_front() {
                backlog.push(chunk);
            }
            if !backlog.try_merge(&mut shard.open) {
                backlog.push(std::mem::take(&mut shard.open));
            }
        }
        let taken = backlog.taken;
        drop(backlog);
        if room {
            self.space.notify();
        }
        taken
    }

    /// Puts the backlog's oldest chunk in the place of one that is used up; `false` if there is
    /// none.
    pub(crate) fn next_chunk(&self, chunk: &mut Chunk) -> bool {
        let oldest = self.backlog().waiting.pop_front();
        let found = oldest.is_some();
        self.pool
            .0
            .keep(std::mem::replace(chunk, oldest.unwrap_or_default()));
        found
    }

    /// Gives memory back, a part at each quiet moment, that a burst has needed.
    pub(crate) fn shrink_pool(&self) {
        self.pool.0.shrink_pool();
    }

    /// The number of the backlog's first event, or of the next that will come.
    pub(crate) fn first_number(&self) -> u64 {
        let backlog = self.backlog();
        let first = backlog.waiting.front();
        first.map_or(backlog.taken, Chunk::first)
    }

    pub(crate) fn has_backlog(&self) -> bool {
        !self.backlog().waiting.is_empty()
    }

    /// Gives back the room of envelopes that have become JSON or were dropped.
    pub(crate) fn release(&self, events: usize, bytes: usize) {
        self.free(events, bytes);
        self.space.notify();
    }

    fn free(&self, events: usize, bytes: usize) {
        self.usage.0.events.fetch_sub(events, Ordering::SeqCst);
        self.usage.0.bytes.fetch_sub(bytes, Ordering::SeqCst);
    }

    /// Tells the end of a time of losses, once there is room again.
    pub(crate) fn log_overflow_end(&self) {
        if self.usage.0.events.load(Ordering::Relaxed) <= self.limits.events / 2
            && self.usage.0.bytes.load(Ordering::Relaxed) <= self.limits.bytes / 2
        {
            self.overflow_log.log_end();
        }
    }

    /// Lets nothing more in. What a push had put in before is there for the next
    /// [`take`](Self::take).
    pub(crate) fn close(&self) {
        for index in 0..SHARDS {
            self.shard(index).closed = true;
        }
        self.space.close();
    }

    /// This thread is the delivery thread.
    pub(crate) fn register_worker_thread(&self) {
        let _ = self.worker.set(thread::current().id());
    }

    /// A shard, unless a thread that a fork has left behind holds it for ever.
    fn lock_shard_or_fork(&self, index: usize) -> Option<MutexGuard<'_, Shard>> {
        match self.shards[index % SHARDS].0.try_lock() {
            Ok(shard) => Some(shard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if self.process.is_fork() => None,
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
