//! Dead letters that cannot be written, for example because the disk is full.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, TEST_TIMEOUT, fast_tracker_builder, numbered_event, test_user,
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
