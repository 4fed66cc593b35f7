//! The worker and the batches of the tests.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::delivery::batch::{Batch, OpenBatch};
use crate::delivery::encode::encoder::Encoder;
use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef};
use crate::delivery::queue::limits::QueueLimits;
use crate::delivery::queue::overflow_policy::Overflow;
use crate::delivery::queue::queue::Queue;
use crate::delivery::retry::RetryState;
use crate::delivery::sender::{Sender, WaitKind};
use crate::delivery::sending::batch_delivery::BatchDelivery;
use crate::delivery::sending::progress::Progress;
use crate::delivery::transport::dispatch::Transport;
use crate::delivery::transport::memory::MemoryTransport;
use crate::delivery::worker::batch_policy::BatchPolicy;
use crate::delivery::worker::in_flight::{Contents, InFlight, Place, WaitingBatch};
use crate::delivery::worker::thread::Worker;
use crate::ledger::counters::Counters;
use crate::privacy::content::Content;

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// Creates a worker with an empty queue, from which six events were taken.
pub(super) fn worker(max_in_flight: usize) -> Worker {
    let counters = Arc::new(Counters::default());
    let limits = QueueLimits {
        events: 100,
        bytes: 1 << 20,
        overflow: Overflow::DropNewest,
    };
    let transport = Transport::Memory(MemoryTransport::default());
    let sender = Sender::with_budget(transport, SECOND * 3_600, Arc::clone(&counters));
    let encoder = Encoder::with_content(Content::Full);
    let policy = BatchPolicy {
        flush_interval: SECOND,
        flush_at: 100,
        max_in_flight,
    };
    let queue = Arc::new(Queue::new(limits, counters));
    let mut worker = Worker::new(queue, Arc::new(sender), encoder, policy, None);
    push(&worker, 6);
    worker.queue.collect();
    assert!(worker.queue.next_chunk(&mut worker.chunk));
    while worker.chunk.pop().is_some() {}
    assert_eq!(worker.first_unbatched(), 6);
    worker
}

/// Adds events to the queue.
pub(super) fn push(worker: &Worker, events: usize) {
    for _ in 0..events {
        let envelope = Envelope {
            id: None,
            timestamp: SystemTime::UNIX_EPOCH,
            call: ApiCall::Alias("1".into()),
        };
        assert!(worker.queue.push(0, EventContextRef::NONE, envelope));
    }
}

/// Adds an event of about `bytes` bytes to a batch.
pub(super) fn add(open: &mut OpenBatch, bytes: usize) {
    let event = |body: &mut Vec<u8>| {
        body.resize(body.len() + bytes, b'1');
        Ok::<(), ()>(())
    };
    open.add(event).unwrap();
}

/// Returns a batch with one event of about `bytes` bytes.
fn batch(bytes: usize) -> Batch {
    let mut open = OpenBatch::default();
    add(&mut open, bytes);
    open.seal()
}

/// A batch that fails.
pub(super) struct Failing {
    pub(super) first: u64,
    pub(super) place: Place,
    pub(super) is_suspect: bool,
    pub(super) bytes: usize,
}

impl Failing {
    /// A batch that has failed so often that it can be the cause.
    pub(super) fn suspect(first: u64, place: Place) -> Self {
        Self {
            first,
            place,
            is_suspect: true,
            bytes: 10,
        }
    }

    pub(super) fn fresh(first: u64, place: Place) -> Self {
        Self {
            is_suspect: false,
            ..Self::suspect(first, place)
        }
    }

    pub(super) fn in_flight(self) -> InFlight {
        InFlight {
            first: self.first,
            end: self.first + 1,
            progress: Arc::new(Progress::new(1)),
            records: Vec::new(),
            place: self.place,
            is_checked: false,
            is_suspect: self.is_suspect,
        }
    }

    /// Returns the batch after a failure, now. It waits for ten seconds.
    pub(super) fn waiting(self) -> WaitingBatch {
        let failed_at = Instant::now();
        let failures = if self.is_suspect { 4 } else { 3 };
        let mut retries = RetryState::default();
        for _ in 0..failures {
            let first_failure = failed_at.checked_sub(2 * SECOND);
            retries.record_failure(true, first_failure.unwrap_or(failed_at));
        }
        let delivery = BatchDelivery::new(batch(self.bytes), retries);
        WaitingBatch {
            due: (self.place != Place::Probe).then(|| failed_at + 10 * SECOND),
            contents: Contents::Memory(Box::new(delivery)),
            batch: self.in_flight(),
            failed_at,
            kind: WaitKind::Backoff,
        }
    }
}

/// Adds a batch to those that are being sent.
pub(super) fn send(worker: &mut Worker, failing: Failing) {
    let id = tokio::spawn(async {}).id();
    worker.in_flight.insert(id, failing.in_flight());
}

/// Returns the places of the waiting batches by the number of their first event.
pub(super) fn places(worker: &Worker) -> BTreeMap<u64, Place> {
    let batches = worker.waiting.iter().map(|waiting| &waiting.batch);
    batches.map(|batch| (batch.first, batch.place)).collect()
}
