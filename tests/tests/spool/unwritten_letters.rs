//! Dead letters that cannot be written, for example because the disk is full.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, RequestLog, Response, TEST_TIMEOUT, fast_tracker_builder,
    numbered_event, test_user,
};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// Returns a directory and a path in it at which no file can be written, because it is a directory.
fn unwritable() -> (TempDir, PathBuf) {
    let directory = tempdir().unwrap();
    let letters = directory.path().join("letters.jsonl");
    fs::create_dir(&letters).unwrap();
    (directory, letters)
}

fn track(tracker: &Tracker, numbers: std::ops::Range<u64>) {
    for number in numbers {
        tracker.track(&test_user(), numbered_event(number));
    }
}

fn numbers<'a>(events: impl IntoIterator<Item = &'a Value>) -> Vec<u64> {
    let number = |event: &Value| event["properties"]["number"].as_u64().unwrap();
    events.into_iter().map(number).collect()
}

fn letters_in(file: &Path) -> Vec<u64> {
    let text = fs::read_to_string(file).unwrap();
    let letter = |line| serde_json::from_str::<Value>(line).unwrap()["event"].take();
    numbers(&text.lines().map(letter).collect::<Vec<_>>())
}

/// Returns a builder for a tracker whose spool is in `directory`. It sends one request at a time.
fn builder(server: &FaultServer, directory: &Path, letters: &Path) -> TrackerBuilder {
    fast_tracker_builder(server)
        .spool(directory.join("spool"))
        .dead_letters(letters)
        .max_in_flight(1)
        .drop_timeout(Duration::ZERO)
}

#[test]
fn their_events_stay_in_the_spool_and_do_not_delay_others() {
    let (directory, letters) = unwritable();
    let server = FaultServer::start(FaultPlan::first_then_ok([Behavior::status(422)]));
    let tracker = builder(&server, directory.path(), &letters)
        .build()
        .unwrap();
    track(&tracker, 0..3);
    server.wait_for_requests(1);
    let rejected = server.log().read_count();
    track(&tracker, 3..50);
    server.wait_until("the other events", |log| {
        log.accepted_count() == 50 - rejected
    });
    let report = tracker.flush_blocking(Duration::from_millis(50));
    assert!(!report.complete, "{report}");
    let ledger = report.ledger;
    assert_eq!(
        (ledger.pending, ledger.dropped.total()),
        (rejected, 0),
        "{report}"
    );
    let report = tracker.shutdown_blocking(Duration::ZERO);
    assert_eq!(report.ledger.pending, rejected, "{report}");
    // The events were not sent in vain while their letters could not be written.
    assert_eq!(server.log().duplicate_reads(), 0);
    drop(tracker);
    let test = TestTracker::with(Tracker::builder().spool(directory.path().join("spool"))).unwrap();
    let sent: Vec<_> = test.events().iter().map(CapturedEvent::json).collect();
    assert_eq!(numbers(&sent), (0..rejected).collect::<Vec<_>>());
}

#[test]
fn they_are_written_once_there_is_room() {
    let (directory, letters) = unwritable();
    let server = FaultServer::start(FaultPlan::always(Behavior::status(422)));
    let tracker = builder(&server, directory.path(), &letters)
        .build()
        .unwrap();
    track(&tracker, 0..20);
    server.wait_until("all events", |log| log.read_count() == 20);
    assert_eq!(tracker.ledger().dropped.total(), 0);
    fs::remove_dir(&letters).unwrap();
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    assert!(report.complete, "{report}");
    assert_eq!(report.ledger.dropped.rejected, 20, "{report}");
    let mut written = letters_in(&letters);
    written.sort_unstable();
    assert_eq!(written, (0..20).collect::<Vec<_>>());
    assert_eq!(server.log().duplicate_reads(), 0);
}

#[test]
fn large_events_are_not_sent_again_before_their_letters_are_written() {
    const EVENTS: u64 = 600;
    // Each batch has about 23 of the events, and one of every 46 events is invalid.
    let invalid: BTreeSet<u64> = (0..EVENTS).step_by(46).collect();
    let poison = Behavior::Poison {
        numbers: invalid.clone(),
        response: Response::new(400),
    };
    let all = Behavior::status(422);
    for (behavior, invalid) in [(poison, invalid), (all, (0..EVENTS).collect())] {
        let (directory, letters) = unwritable();
        let server = FaultServer::start(FaultPlan::always(behavior));
        let tracker = builder(&server, directory.path(), &letters)
            .build()
            .unwrap();
        let text = "x".repeat(20_000);
        for number in 0..EVENTS {
            let event = numbered_event(number).property("text", text.clone());
            tracker.track(&test_user(), event);
        }
        let valid = EVENTS - invalid.len() as u64;
        // The last request with an invalid event contains only such events.
        let refused = |log: &RequestLog| {
            let requests = log.requests.iter().map(|request| numbers(request.events()));
            let only_invalid =
                requests.filter(|numbers| numbers.iter().all(|n| invalid.contains(n)));
            only_invalid.flatten().collect::<BTreeSet<_>>()
        };
        server.wait_until("all events", |log| {
            log.accepted_count() == valid && refused(log) == invalid
        });
        // The valid events of a batch do not wait until the letter of an invalid one is written.
        let begun = Instant::now();
        while tracker.ledger().delivered < valid {
            assert!(begun.elapsed() < TEST_TIMEOUT, "{}", tracker.ledger());
            thread::yield_now();
        }
        let sent = server.log().requests.len();
        for _ in 0..20 {
            let report = tracker.flush_blocking(Duration::from_millis(5));
            assert!(!report.complete, "{report}");
            assert_eq!(report.ledger.dropped.total(), 0, "{report}");
        }
        assert_eq!(server.log().requests.len(), sent);
        fs::remove_dir(&letters).unwrap();
        let report = tracker.flush_blocking(TEST_TIMEOUT);
        assert!(report.complete, "{report}");
        assert_eq!(server.log().requests.len(), sent);
        let written: BTreeSet<_> = letters_in(&letters).into_iter().collect();
        assert_eq!(written, invalid);
        assert_eq!(report.ledger.dropped.rejected, invalid.len() as u64);
    }
}

#[test]
fn the_number_of_batches_that_wait_for_their_letters_is_limited() {
    const BATCHES: u64 = 1_005;
    let (directory, letters) = unwritable();
    let server = FaultServer::start(FaultPlan::always(Behavior::status(422)));
    let tracker = builder(&server, directory.path(), &letters)
        .flush_at(1)
        .build()
        .unwrap();
    track(&tracker, 0..BATCHES);
    server.wait_until("all events", |log| log.read_count() == BATCHES);
    let begun = Instant::now();
    let ledger = loop {
        let ledger = tracker.ledger();
        if ledger.dropped.rejected == 5 {
            break ledger;
        }
        assert!(begun.elapsed() < TEST_TIMEOUT, "{ledger}");
        thread::yield_now();
    };
    assert_eq!((ledger.pending, ledger.dropped.total()), (1_000, 5));
    assert_eq!(server.log().duplicate_reads(), 0);
    fs::remove_dir(&letters).unwrap();
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    assert!(report.complete, "{report}");
    assert_eq!(letters_in(&letters).len(), 1_000);
}

#[test]
fn without_a_spool_their_events_are_counted() {
    let (_directory, letters) = unwritable();
    let server = FaultServer::start(FaultPlan::always(Behavior::status(422)));
    let tracker = fast_tracker_builder(&server)
        .dead_letters(&letters)
        .build()
        .unwrap();
    track(&tracker, 0..20);
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    assert!(report.complete, "{report}");
    assert_eq!(report.ledger.dropped.rejected, 20, "{report}");
}
