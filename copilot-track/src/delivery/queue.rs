//! The bounded hand-over from the application's threads to the delivery thread.
//!
//! The delivery thread looks in at a steady beat; pushing wakes it only when the queue becomes half
//! full. Waking a sleeping thread for every event would cost the caller a hundred times the push.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::envelope::Envelope;
use crate::ledger::DropReason;

/// Conversations are spread over so many locks. One conversation's events stay in one shard, and
/// so in order.
pub(crate) const SHARDS: usize = 8;

/// How much may wait in memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

/// An envelope and the memory that it was admitted with.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) envelope: Envelope,
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

/// The queue.
#[derive(Debug)]
pub(crate) struct Queue {
    shards: [Aligned<Mutex<Shard>>; SHARDS],
    /// What was admitted and is not yet JSON.
    events: Aligned<AtomicUsize>,
    bytes: AtomicUsize,
    bounds: Bounds,
    /// Wakes the delivery thread.
    pub(crate) filling: Notify,
}

impl Queue {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            shards: Default::default(),
            events: Aligned(AtomicUsize::new(0)),
            bytes: AtomicUsize::new(0),
            bounds,
            filling: Notify::new(),
        }
    }

    /// Adds an envelope to a conversation's shard, or says why it is dropped.
    pub(crate) fn push(&self, shard: usize, envelope: Envelope) -> Result<(), DropReason> {
        let size = envelope.size();
        let events = self.events.0.fetch_add(1, Ordering::Relaxed);
        let bytes = self.bytes.fetch_add(size, Ordering::Relaxed);
        let admitted = if events < self.bounds.events && bytes < self.bounds.bytes {
            // The last one in may overshoot the bound of bytes: else an event that is larger than
            // the bound could never be cut and sent.
            let mut shard = self.shard(shard);
            if shard.closed {
                Err(DropReason::Shutdown)
            } else {
                shard.waiting.push(Queued { envelope, size });
                Ok(())
            }
        } else {
            Err(DropReason::QueueFull)
        };
        if admitted.is_err() {
            self.release(size);
        } else if crosses(events, 1, self.bounds.events / 2)
            || crosses(bytes, size, self.bounds.bytes / 2)
        {
            self.filling.notify_one();
        }
        admitted
    }

    /// Moves all that waits behind what is in `backlog`.
    pub(crate) fn take(&self, backlog: &mut VecDeque<Queued>) {
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
            backlog.extend(taken.drain(..));
        }
    }

    /// Gives back the room of an envelope that has become JSON or was dropped.
    pub(crate) fn done(&self, queued: &Queued) {
        self.release(queued.size);
    }

    fn release(&self, size: usize) {
        self.events.0.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(size, Ordering::Relaxed);
    }

    /// Lets nothing more in. What a push had put in before is there for the next
    /// [`take`](Self::take).
    pub(crate) fn close(&self) {
        for index in 0..SHARDS {
            self.shard(index).closed = true;
        }
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
mod tests {
    use std::sync::Arc;
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
            identity: Arc::new(Identity {
                user: User::known("u").unwrap(),
                conversation: None,
            }),
            call: Call::Identify {
                traits: Ok(traits.to_owned()),
            },
        }
    }

    fn queue(events: usize, bytes: usize) -> Queue {
        Queue::new(Bounds { events, bytes })
    }

    #[test]
    fn it_is_bounded_by_events() {
        let queue = queue(2, usize::MAX);
        assert!(queue.push(0, envelope("")).is_ok());
        assert!(queue.push(1, envelope("")).is_ok());
        assert_eq!(queue.push(2, envelope("")), Err(DropReason::QueueFull));
        let mut backlog = VecDeque::new();
        queue.take(&mut backlog);
        assert_eq!(backlog.len(), 2);
        // Room is given back when an envelope is done, not when it is taken.
        assert_eq!(queue.push(0, envelope("")), Err(DropReason::QueueFull));
        queue.done(&backlog.pop_front().unwrap());
        assert!(queue.push(0, envelope("")).is_ok());
    }

    #[test]
    fn it_is_bounded_by_bytes_and_lets_one_large_event_in() {
        let queue = queue(10, 1000);
        assert!(queue.push(0, envelope(&"x".repeat(5000))).is_ok());
        assert_eq!(queue.push(0, envelope("")), Err(DropReason::QueueFull));
    }

    #[test]
    fn nothing_enters_after_close() {
        let queue = queue(10, 10_000);
        assert!(queue.push(3, envelope("")).is_ok());
        queue.close();
        assert_eq!(queue.push(3, envelope("")), Err(DropReason::Shutdown));
        let mut backlog = VecDeque::new();
        queue.take(&mut backlog);
        assert_eq!(backlog.len(), 1);
    }

    #[tokio::test]
    async fn it_wakes_the_worker_when_half_full() {
        let queue = queue(4, usize::MAX);
        queue.push(0, envelope("")).unwrap();
        queue.push(0, envelope("")).unwrap();
        queue.filling.notified().await;
    }

    #[test]
    fn one_shard_keeps_its_order() {
        let queue = queue(100, usize::MAX);
        for n in 0..10 {
            queue.push(5, envelope(&n.to_string())).unwrap();
        }
        let mut backlog = VecDeque::new();
        queue.take(&mut backlog);
        let order: Vec<_> = backlog
            .iter()
            .map(|queued| match &queued.envelope.call {
                Call::Identify { traits: Ok(traits) } => traits.clone(),
                _ => String::new(),
            })
            .collect();
        assert_eq!(order, (0..10).map(|n| n.to_string()).collect::<Vec<_>>());
    }
}
