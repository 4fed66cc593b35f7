//! Tests of the order of retries, and of probes.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::delivery::worker::in_flight::Place;
use crate::delivery::worker::tests::test_worker::{Failing, places, send, worker};

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
