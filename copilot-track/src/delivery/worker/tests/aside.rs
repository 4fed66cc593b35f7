//! Tests of batches that are set aside.

use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::delivery::sender::WaitKind;
use crate::delivery::sending::batch_delivery::DroppedPart;
use crate::delivery::worker::in_flight::{Contents, Place};
use crate::delivery::worker::tests::test_worker::{Failing, SECOND, places, worker};
use crate::ledger::drop_reason::DropReason;

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
