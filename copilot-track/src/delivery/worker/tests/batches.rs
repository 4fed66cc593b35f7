//! Tests of when batches are sealed, and of events and requests that remain.

use std::sync::Arc;

use tokio::time::Instant;

use crate::delivery::sending::progress::Progress;
use crate::delivery::worker::barrier_request::{Barrier, BarrierRequest, Reply, Waiter};
use crate::delivery::worker::in_flight::Place;
use crate::delivery::worker::tests::test_worker::{Failing, SECOND, add, push, send, worker};

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
