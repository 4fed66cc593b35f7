//! Tests of the decisions about batches that wait.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::delivery::batch::{Batch, OpenBatch};
use crate::delivery::encode::encoder::Encoder;
use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef};
use crate::delivery::outage::Outage;
use crate::delivery::queue::limits::QueueLimits;
use crate::delivery::queue::overflow_policy::Overflow;
use crate::delivery::queue::queue::Queue;
use crate::delivery::rate_limit::RateLimitGate;
use crate::delivery::retry::{RetryPolicy, RetryState};
use crate::delivery::segment::defaults::Defaults;
use crate::delivery::sender::{Sender, WaitKind};
use crate::delivery::sending::batch_delivery::{BatchDelivery, DroppedPart};
use crate::delivery::sending::progress::Progress;
use crate::delivery::transport::dispatch::Transport;
use crate::delivery::transport::memory::MemoryTransport;
use crate::delivery::worker::barrier_request::{Barrier, BarrierRequest, Reply, Waiter};
use crate::delivery::worker::batch_policy::BatchPolicy;
use crate::delivery::worker::in_flight::{Contents, InFlight, Place, WaitingBatch};
use crate::delivery::worker::thread::Worker;
use crate::delivery::write_key::WriteKey;
use crate::event::sampling::SampleRate;
use crate::ledger::counters::Counters;
use crate::ledger::drop_reason::DropReason;
use crate::privacy::content::Content;

const SECOND: Duration = Duration::from_secs(1);

/// Creates a worker with an empty queue, from which six events were taken.
fn worker(max_in_flight: usize) -> Worker {
    let counters = Arc::new(Counters::default());
    let limits = QueueLimits {
        events: 100,
        bytes: 1 << 20,
        overflow: Overflow::DropNewest,
    };
    let sender = Sender {
        transport: Transport::Memory(MemoryTransport::default()),
        key: WriteKey::parse("test-key").unwrap(),
        retry_policy: RetryPolicy {
            budget: SECOND * 3_600,
            max_retries: None,
        },
        counters: Arc::clone(&counters),
        rate_limit: RateLimitGate::default(),
        outage: Outage::default(),
        dead_letters: None,
    };
    let encoder = Encoder::new(
        Content::Full,
        Arc::default(),
        SampleRate::ALL,
        Defaults::default(),
        None,
        false,
    );
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
fn push(worker: &Worker, events: usize) {
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
fn add(open: &mut OpenBatch, bytes: usize) {
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
struct Failing {
    first: u64,
    place: Place,
    is_suspect: bool,
    bytes: usize,
}

impl Failing {
    /// A batch that has failed so often that it can be the cause.
    fn suspect(first: u64, place: Place) -> Self {
        Self {
            first,
            place,
            is_suspect: true,
            bytes: 10,
        }
    }

    fn fresh(first: u64, place: Place) -> Self {
        Self {
            is_suspect: false,
            ..Self::suspect(first, place)
        }
    }

    fn in_flight(self) -> InFlight {
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
    fn waiting(self) -> WaitingBatch {
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
fn send(worker: &mut Worker, failing: Failing) {
    let id = tokio::spawn(async {}).id();
    worker.in_flight.insert(id, failing.in_flight());
}

/// Returns the places of the waiting batches by the number of their first event.
fn places(worker: &Worker) -> BTreeMap<u64, Place> {
    let batches = worker.waiting.iter().map(|waiting| &waiting.batch);
    batches.map(|batch| (batch.first, batch.place)).collect()
}

#[tokio::test(start_paused = true)]
async fn the_worker_wakes_up_for_the_next_retry() {
    let mut worker = worker(4);
    let now = Instant::now();
    let poll = worker.next_poll();
    assert_eq!(poll, now + Duration::from_millis(100));
    for millis in [70, 30, 50, 200] {
        let mut waiting = Failing::fresh(millis, Place::Slot).waiting();
        waiting.due = Some(now + Duration::from_millis(millis));
        worker.waiting.push(waiting);
    }
    assert_eq!(worker.next_poll(), now + Duration::from_millis(30));
    // Batches that are due wait for a slot, and probes for other batches.
    let after = |millis| worker.next_retry_due(now + Duration::from_millis(millis));
    assert_eq!(after(30), Some(now + Duration::from_millis(50)));
    assert_eq!(after(199), Some(now + Duration::from_millis(200)));
    assert_eq!(after(200), None);
}

#[tokio::test(start_paused = true)]
async fn recovered_events_are_sent_one_batch_at_a_time() {
    let mut worker = worker(4);
    worker.recovered_end = 5;
    let mut slots_with = |failing: Option<Failing>| {
        worker.waiting.clear();
        worker.waiting.extend(failing.map(Failing::waiting));
        worker.slots()
    };
    assert_eq!(slots_with(None), 4);
    assert_eq!(slots_with(Some(Failing::fresh(5, Place::Slot))), 4);
    assert_eq!(slots_with(Some(Failing::fresh(4, Place::Slot))), 1);
    assert_eq!(slots_with(Some(Failing::fresh(4, Place::Probe))), 1);
    assert_eq!(slots_with(Some(Failing::suspect(4, Place::Aside))), 4);
    worker.waiting.clear();
    send(&mut worker, Failing::fresh(4, Place::Slot));
    assert_eq!(worker.slots(), 1);
    worker.recovered_end = 4;
    assert_eq!(worker.slots(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_probe_needs_suspects_in_all_slots() {
    let mut worker = worker(2);
    worker.probe_allowed = true;
    worker
        .waiting
        .push(Failing::suspect(1, Place::Slot).waiting());
    assert!(!worker.slots_are_used());
    worker
        .waiting
        .push(Failing::suspect(2, Place::Slot).waiting());
    assert!(worker.slots_are_used() && worker.may_send_probe());
    worker.probe_allowed = false;
    assert!(!worker.may_send_probe());
    worker.probe_allowed = true;
    // A batch that may still succeed.
    let suspect = worker.waiting.pop().unwrap();
    worker
        .waiting
        .push(Failing::fresh(2, Place::Slot).waiting());
    assert!(!worker.may_send_probe());
    worker.waiting.pop();
    for (failing, expected) in [
        (Failing::suspect(2, Place::Slot), true),
        (Failing::fresh(2, Place::Slot), false),
        (Failing::suspect(2, Place::Probe), false),
        (Failing::suspect(2, Place::Aside), true),
    ] {
        worker.in_flight.clear();
        send(&mut worker, failing);
        assert_eq!(worker.may_send_probe(), expected);
    }
    // Eight probes wait. One of them is repeated, unless the open batch can be a probe.
    worker.in_flight.clear();
    worker.waiting.push(suspect);
    for first in 10..18 {
        assert!(worker.may_send_probe());
        worker
            .waiting
            .push(Failing::suspect(first, Place::Probe).waiting());
    }
    assert!(!worker.may_send_probe());
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_the_oldest_batch_allows_a_probe() {
    let mut worker = worker(4);
    send(&mut worker, Failing::fresh(3, Place::Slot));
    for (first, place, expected) in [
        (4, Place::Slot, false),
        (2, Place::Slot, true),
        (5, Place::Slot, false),
        (0, Place::Probe, false),
        (1, Place::Slot, true),
    ] {
        worker.probe_allowed = false;
        worker.add_waiting(Failing::suspect(first, place).waiting());
        assert_eq!(worker.probe_allowed, expected, "{first}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_waits_for_a_slot() {
    let mut worker = worker(2);
    send(&mut worker, Failing::fresh(1, Place::Slot));
    send(&mut worker, Failing::fresh(2, Place::Slot));
    for first in [4, 3] {
        let mut waiting = Failing::fresh(first, Place::Slot).waiting();
        waiting.due = Some(Instant::now());
        worker.waiting.push(waiting);
    }
    worker.retry_waiting();
    assert_eq!((worker.in_flight.len(), worker.waiting.len()), (2, 2));
    worker.in_flight.retain(|_, batch| batch.first == 1);
    worker.retry_waiting();
    // The older one is retried first.
    assert_eq!(worker.in_flight.len(), 2);
    assert_eq!(places(&worker), BTreeMap::from([(4, Place::Slot)]));
}

#[tokio::test(start_paused = true)]
async fn a_suspect_is_checked_after_another_batch_was_delivered() {
    let mut worker = worker(4);
    worker.sender.outage.end();
    tokio::time::advance(SECOND).await;
    worker
        .waiting
        .push(Failing::suspect(1, Place::Slot).waiting());
    worker.update_waiting();
    assert!(!worker.waiting[0].batch.is_checked, "it failed afterward");
    worker
        .waiting
        .push(Failing::fresh(2, Place::Slot).waiting());
    worker
        .waiting
        .push(Failing::suspect(3, Place::Aside).waiting());
    let mut limited = Failing::suspect(4, Place::Slot).waiting();
    limited.kind = WaitKind::RateLimit;
    worker.waiting.push(limited);
    tokio::time::advance(SECOND).await;
    worker.sender.outage.end();
    worker.update_waiting();
    let now = Instant::now();
    let checks: Vec<_> = worker
        .waiting
        .iter()
        .map(|waiting| (waiting.batch.is_checked, waiting.is_due(now)))
        .collect();
    // The endpoint has requested the wait of the last batch.
    assert_eq!(
        checks,
        [(true, true), (false, false), (false, false), (true, false)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_probe_takes_a_free_slot() {
    let mut worker = worker(2);
    for first in [8, 7, 9] {
        worker
            .waiting
            .push(Failing::suspect(first, Place::Probe).waiting());
    }
    worker
        .waiting
        .push(Failing::suspect(1, Place::Slot).waiting());
    worker.update_waiting();
    let expected = [
        (1, Place::Slot),
        (7, Place::Slot),
        (8, Place::Probe),
        (9, Place::Probe),
    ];
    assert_eq!(places(&worker), BTreeMap::from(expected));
    let is_due = |first| {
        let mut waiting = worker.waiting.iter();
        let now = Instant::now();
        waiting.any(|waiting| waiting.batch.first == first && waiting.is_due(now))
    };
    assert!(is_due(7) && !is_due(8) && !is_due(1));
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_fails_again_after_its_check_is_set_aside() {
    let checked = |failing: Failing| {
        let mut waiting = failing.waiting();
        waiting.batch.is_checked = true;
        waiting
    };
    let mut worker = worker(4);
    worker.add_waiting(Failing::suspect(1, Place::Slot).waiting());
    worker.add_waiting(checked(Failing::fresh(2, Place::Slot)));
    worker.add_waiting(checked(Failing::suspect(3, Place::Slot)));
    worker.add_waiting(Failing::fresh(4, Place::Aside).waiting());
    let expected = [
        (1, Place::Slot),
        (2, Place::Slot),
        (3, Place::Aside),
        (4, Place::Aside),
    ];
    assert_eq!(places(&worker), BTreeMap::from(expected));
    // At most 64 batches are set aside.
    for first in 10..80 {
        worker.add_waiting(checked(Failing::suspect(first, Place::Slot)));
    }
    let places = places(&worker).into_values();
    assert_eq!(places.filter(|place| *place == Place::Aside).count(), 64);
    // They have at most 4 MiB. A batch that was set aside before stays aside.
    worker.waiting.clear();
    for (first, bytes) in [(1, 3 << 20), (2, 1 << 20), (3, 1 << 19)] {
        let failing = Failing::suspect(first, Place::Slot);
        worker.add_waiting(checked(Failing { bytes, ..failing }));
    }
    let expected = [(1, Place::Aside), (2, Place::Slot), (3, Place::Aside)];
    assert_eq!(self::places(&worker), BTreeMap::from(expected));
    let failing = Failing::suspect(4, Place::Aside);
    worker.add_waiting(checked(Failing {
        bytes: 1 << 20,
        ..failing
    }));
    assert_eq!(self::places(&worker)[&4], Place::Aside);
    // Without a spool, its events are only in memory.
    let mut waiting = worker.waiting.iter();
    assert!(waiting.all(|waiting| matches!(waiting.contents, Contents::Memory(_))));
}

#[tokio::test(start_paused = true)]
async fn batches_whose_dead_letters_cannot_be_written_wait_aside() {
    let mut worker = worker(1);
    for first in 1..4 {
        let mut unwritten = Failing::fresh(first, Place::Slot).waiting();
        if let Contents::Memory(delivery) = &mut unwritten.contents {
            delivery.parts.dropped();
            delivery.unwritten.push(DroppedPart {
                events: 0..1,
                reason: DropReason::Expired,
                cause: String::new(),
            });
        }
        assert!(unwritten.is_unwritten());
        worker.add_waiting(unwritten);
    }
    let aside = (1..4).map(|first| (first, Place::Aside));
    assert_eq!(places(&worker), aside.collect());
    assert!(worker.in_flight.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_future_was_dropped_is_removed() {
    let mut worker = worker(1);
    // The batch keeps the requests waiting.
    worker
        .waiting
        .push(Failing::fresh(1, Place::Slot).waiting());
    let mut futures = Vec::new();
    for barrier in [Barrier::Settled, Barrier::OnDisk, Barrier::Shutdown] {
        let (sender, future) = tokio::sync::oneshot::channel();
        futures.push(future);
        worker.waiters.push(Waiter {
            end: 6,
            target: Some(6),
            request: BarrierRequest {
                barrier,
                deadline: None,
                persist_at: None,
                reply: Reply::Task(sender),
            },
        });
    }
    worker.reply_to_waiters();
    assert_eq!(worker.waiters.len(), 3);
    futures.remove(0);
    worker.reply_to_waiters();
    assert_eq!(worker.waiters.len(), 2);
    // A shutdown continues.
    futures.clear();
    worker.reply_to_waiters();
    let barriers: Vec<_> = worker
        .waiters
        .iter()
        .map(|waiter| waiter.request.barrier)
        .collect();
    assert_eq!(barriers, [Barrier::Shutdown]);
}

#[tokio::test(start_paused = true)]
async fn an_open_batch_waits_until_it_is_full_or_due() {
    let mut worker = worker(4);
    worker.policy.flush_at = 2;
    worker.open_batch_due = Instant::now() + SECOND;
    add(&mut worker.open_batch, 10);
    worker.seal_if_due();
    assert_eq!((worker.open_batch.len(), worker.in_flight.len()), (1, 0));
    add(&mut worker.open_batch, 10);
    worker.seal_if_due();
    assert_eq!((worker.open_batch.len(), worker.in_flight.len()), (0, 1));
    add(&mut worker.open_batch, 10);
    worker.open_batch_due = Instant::now();
    worker.seal_if_due();
    assert_eq!((worker.open_batch.len(), worker.in_flight.len()), (0, 2));
}

#[test]
fn the_record_of_a_settled_event_is_returned_once() {
    let mut batch = Failing::fresh(1, Place::Slot).in_flight();
    batch.progress = Arc::new(Progress::new(3));
    batch.records = (5..8).map(|number| Some((number, 10))).collect();
    assert_eq!(batch.take_settled(), []);
    batch.progress.settle(1..3);
    assert_eq!(batch.take_settled(), [(6, 10), (7, 10)]);
    batch.progress.settle(0..1);
    assert_eq!(batch.take_settled(), [(5, 10)]);
}

#[tokio::test(start_paused = true)]
async fn every_event_that_remains_when_the_worker_ends_is_dropped() {
    let mut worker = worker(4);
    let counters = Arc::clone(&worker.counters);
    push(&worker, 2);
    worker.queue.collect();
    assert!(worker.queue.next_chunk(&mut worker.chunk));
    push(&worker, 4);
    add(&mut worker.open_batch, 10);
    send(&mut worker, Failing::fresh(1, Place::Slot));
    let waiting = Failing::fresh(2, Place::Slot).waiting();
    worker.waiting.push(waiting);
    drop(worker);
    assert_eq!(counters.read().dropped.shutdown, 2 + 4 + 1 + 1 + 1);
}
