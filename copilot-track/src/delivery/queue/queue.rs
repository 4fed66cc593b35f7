//! The bounded queue.
//!
//! The delivery thread polls the queue at regular intervals. A push wakes the thread only when the
//! queue becomes half full, because waking a sleeping thread for every event would cost the caller
//! a system call.

use std::sync::{Arc, OnceLock, TryLockError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::delivery::envelope::{Envelope, EventContextRef};
use crate::delivery::overflow_log::OverflowLog;
use crate::delivery::queue::backlog::Backlog;
use crate::delivery::queue::chunk::Chunk;
use crate::delivery::queue::chunk_pool::ChunkPool;
use crate::delivery::queue::limits::QueueLimits;
use crate::delivery::queue::shard::Shard;
use crate::delivery::queue::space::SpaceSignal;
use crate::delivery::queue::usage::{QueueUsage, Reservation};
use crate::ledger::counters::Counters;
use crate::ledger::drop_reason::DropReason;
use crate::util::cache_padded::CachePadded;
use crate::util::process::ProcessId;
use crate::util::sync::thread::{self, ThreadId};
use crate::util::sync::{AtomicBool, Mutex, MutexGuard, lock};
use crate::util::truncation::MAX_QUEUED_TEXT;

/// The number of shards. All events of a conversation go to the same shard, which keeps them in
/// order. Threads that push to different shards do not wait for each other.
pub(crate) const SHARDS: usize = 8;

/// The bounded queue between the application's threads and the delivery thread.
#[derive(Debug)]
pub(crate) struct Queue {
    /// Callers and the delivery thread constantly write to the padded fields.
    pub(super) shards: [CachePadded<Mutex<Shard>>; SHARDS],
    /// The events that the delivery thread has collected from the shards. [`Overflow::DropOldest`]
    /// can still remove events from the backlog.
    ///
    /// [`Overflow::DropOldest`]: crate::Overflow::DropOldest
    pub(super) backlog: CachePadded<Mutex<Backlog>>,
    pub(super) pool: CachePadded<ChunkPool>,
    pub(super) usage: CachePadded<QueueUsage>,
    pub(super) limits: QueueLimits,
    pub(super) space: SpaceSignal,
    /// Whether the disk is too slow or is failing. If so, callers do not wait for room.
    pub(super) disk_stuck: AtomicBool,
    pub(super) counters: Arc<Counters>,
    pub(super) overflow_log: OverflowLog,
    /// Wakes the delivery thread.
    pub(crate) wake_worker: Notify,
    /// The delivery thread. It must not wait for room, because only this thread can make room.
    pub(super) worker: OnceLock<ThreadId>,
    pub(super) process: ProcessId,
}

impl Queue {
    pub(crate) fn new(limits: QueueLimits, counters: Arc<Counters>) -> Self {
        Self {
            shards: Default::default(),
            backlog: CachePadded::default(),
            pool: CachePadded::default(),
            usage: CachePadded::default(),
            limits: limits.clamped(),
            space: SpaceSignal::default(),
            disk_stuck: AtomicBool::new(false),
            overflow_log: OverflowLog::new(Arc::clone(&counters), DropReason::QueueFull, "queue"),
            counters,
            wake_worker: Notify::new(),
            worker: OnceLock::new(),
            process: ProcessId::current(),
        }
    }

    /// Counts an event as emitted and adds it to a shard. Returns `false` if the queue is closed.
    /// If the queue is full and the event is dropped, this method also counts the drop.
    pub(crate) fn push(
        &self,
        index: usize,
        context: EventContextRef<'_>,
        envelope: Envelope,
    ) -> bool {
        let make_room = |size| self.make_room(size, None);
        self.push_with(index, context, envelope, make_room)
    }

    /// Does the same as [`push`](Self::push) for an event without a context, but waits for room for
    /// at most `timeout`.
    pub(crate) fn push_within(&self, timeout: Duration, envelope: Envelope) -> bool {
        let make_room = |size| self.make_room(size, Some(timeout));
        self.push_with(0, EventContextRef::NONE, envelope, make_room)
    }

    #[inline]
    fn push_with(
        &self,
        index: usize,
        context: EventContextRef<'_>,
        mut envelope: Envelope,
        make_room: impl FnOnce(usize) -> Option<Reservation>,
    ) -> bool {
        let mut size = envelope.size();
        if size > MAX_QUEUED_TEXT {
            envelope.shorten();
            size = envelope.size();
        }
        let size = self.limits.reserved(size);
        self.counters.count_emitted();
        let Some(mut shard) = self.lock_shard_unless_forked(index) else {
            return false;
        };
        if shard.closed {
            return false;
        }
        let mut reservation = self.usage.try_reserve(size, &self.limits);
        if reservation.is_none() {
            // Other callers must not wait for this shard while room is made.
            drop(shard);
            reservation = make_room(size);
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
        if shard.open.is_full() || !shard.open.has_capacity() {
            self.open_chunk(&mut shard);
        }
        let reserve = |bytes| self.reserve_for_context(bytes);
        shard.open.push(context, envelope, size, reserve);
        drop(shard);
        let reached_half = reservation.is_some_and(|reservation| reservation.reached_half);
        if reached_half && !self.process.is_fork() {
            self.wake_worker.notify_one();
        }
        true
    }

    /// Reserves bytes for the context of an event for which room was reserved.
    #[cold]
    fn reserve_for_context(&self, bytes: usize) {
        let reached_half = self.usage.reserve_bytes(bytes, &self.limits);
        if reached_half && !self.process.is_fork() {
            self.wake_worker.notify_one();
        }
    }

    #[cold]
    fn open_chunk(&self, shard: &mut Shard) {
        let full = std::mem::replace(&mut shard.open, self.pool.take());
        if !full.is_empty() {
            shard.full.push_back(full);
        }
    }

    /// Moves all events from the shards to the backlog. Returns the total number of events ever
    /// added to the backlog.
    pub(crate) fn collect(&self) -> u64 {
        let mut backlog = self.backlog();
        for index in 0..SHARDS {
            let mut shard = self.shard(index);
            while let Some(chunk) = shard.full.pop_front() {
                backlog.push(chunk);
            }
            if !backlog.try_merge(&mut shard.open) {
                backlog.push(std::mem::take(&mut shard.open));
            }
        }
        backlog.total
    }

    /// Replaces a used chunk with the oldest chunk of the backlog, or with an empty chunk if the
    /// backlog is empty. Returns whether the backlog contained a chunk.
    pub(crate) fn next_chunk(&self, chunk: &mut Chunk) -> bool {
        let oldest = self.backlog().chunks.pop_front();
        let found = oldest.is_some();
        let used = std::mem::replace(chunk, oldest.unwrap_or_default());
        self.pool.put(used);
        found
    }

    /// Returns the sequence number of the first event in the backlog or, if the backlog is empty,
    /// the sequence number of the next event to be added.
    pub(crate) fn first_number(&self) -> u64 {
        let backlog = self.backlog();
        let first = backlog.chunks.front();
        first.map_or(backlog.total, Chunk::first)
    }

    pub(crate) fn has_backlog(&self) -> bool {
        !self.backlog().chunks.is_empty()
    }

    /// Frees the room that events took up before they were encoded or dropped.
    pub(crate) fn release(&self, events: usize, bytes: usize) {
        self.usage.release(events, bytes);
        self.space.notify();
    }

    /// Frees part of the memory that was allocated during a burst of events.
    pub(crate) fn shrink_pool(&self) {
        self.pool.shrink();
    }

    /// Logs the end of an overflow if at most half of the queue is used.
    pub(crate) fn log_overflow_end(&self) {
        if self.usage.is_at_most_half(&self.limits) {
            self.overflow_log.log_end();
        }
    }

    /// Closes the queue to further events. The next [`collect`](Self::collect) moves all events
    /// that were pushed before the queue was closed.
    pub(crate) fn close(&self) {
        for index in 0..SHARDS {
            self.shard(index).closed = true;
        }
        self.space.close();
    }

    /// Registers the current thread as the delivery thread.
    pub(crate) fn register_worker_thread(&self) {
        let _ = self.worker.set(thread::current().id());
    }

    /// Locks a shard. Returns `None` in a forked process if a thread of the parent process held the
    /// lock, because that lock is never released.
    fn lock_shard_unless_forked(&self, index: usize) -> Option<MutexGuard<'_, Shard>> {
        match self.shards[index % SHARDS].try_lock() {
            Ok(shard) => Some(shard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if self.process.is_fork() => None,
            Err(TryLockError::WouldBlock) => Some(self.shard(index)),
        }
    }

    pub(super) fn shard(&self, index: usize) -> MutexGuard<'_, Shard> {
        lock(&self.shards[index % SHARDS])
    }

    pub(super) fn backlog(&self) -> MutexGuard<'_, Backlog> {
        lock(&self.backlog)
    }
}
