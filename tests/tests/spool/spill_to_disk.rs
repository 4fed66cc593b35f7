//! `Overflow::SpillToDisk`: events that do not fit in memory are written to disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use copilot_track::testing::TestTracker;
use copilot_track::{ConfigError, Overflow, Spool, Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, RequestLog, ReservedPort, TEST_TIMEOUT, build_when_free,
    fast_tracker_builder, numbered_event, test_user, tracker_builder,
};
use tempfile::tempdir;

/// The number of events in a burst. The queue can hold only a small part of them.
const BURST: u64 = 20_000;

fn with_spilling(builder: TrackerBuilder, directory: &Path) -> TrackerBuilder {
    builder
        .spool(directory)
        .overflow(Overflow::SpillToDisk)
        .max_queue_events(500)
        .flush_interval(Duration::from_millis(5))
        .drop_timeout(Duration::ZERO)
}

/// Returns a tracker that received a burst from four conversations while its server was down.
fn after_burst(directory: &Path) -> (Tracker, ReservedPort) {
    let down = FaultServer::reserve();
    let tracker = with_spilling(tracker_builder(&down.url()), directory)
        .build()
        .unwrap();
    burst(&tracker);
    (tracker, down)
}

fn burst(tracker: &Tracker) {
    std::thread::scope(|scope| {
        for part in 0..4 {
            scope.spawn(move || {
                let conversation = tracker.conversation(test_user());
                for number in 0..BURST / 4 {
                    conversation.track(numbered_event(part * BURST + number));
                }
            });
        }
    });
    let ledger = tracker.ledger();
    assert_eq!((ledger.emitted, ledger.pending), (BURST, BURST), "{ledger}");
}

/// Asserts that the events of each conversation are all present and in order.
fn assert_whole_and_in_order(events: &[(String, u64)]) {
    let mut conversations: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (conversation, number) in events {
        conversations.entry(conversation).or_default().push(*number);
    }
    assert_eq!(conversations.len(), 4);
    for numbers in conversations.values() {
        let first = numbers[0];
        let all: Vec<_> = (first..first + BURST / 4).collect();
        assert_eq!(*numbers, all);
    }
}

fn numbers_in_log(log: &RequestLog) -> Vec<(String, u64)> {
    log.events()
        .iter()
        .map(|event| {
            let properties = &event["properties"];
            let conversation = properties["conversationId"].as_str().unwrap().to_owned();
            (conversation, properties["number"].as_u64().unwrap())
        })
        .collect()
}

fn numbers_in_test(test: &TestTracker) -> Vec<(String, u64)> {
    test.events()
        .iter()
        .map(|event| {
            let conversation = event.property("conversationId").unwrap();
            let number = event.property("number").unwrap().as_u64().unwrap();
            (conversation.as_str().unwrap().to_owned(), number)
        })
        .collect()
}

fn spool_file(directory: &Path) -> String {
    let file = std::fs::read(directory.join("events.redb")).unwrap();
    String::from_utf8_lossy(&file).into_owned()
}

fn recover(directory: &Path) -> TestTracker {
    build_when_free(|| TestTracker::with(Tracker::builder().spool(directory)))
}

#[test]
fn a_burst_during_an_outage_is_sent_in_order_afterwards() {
    let directory = tempdir().unwrap();
    let down = FaultServer::reserve();
    let builder = with_spilling(tracker_builder(&down.url()), directory.path());
    let tracker = builder.max_in_flight(1).build().unwrap();
    burst(&tracker);
    let server = down.start(FaultPlan::always(Behavior::ok()));
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    assert_whole_and_in_order(&numbers_in_log(&server.log()));
    drop(tracker);
    assert_eq!(recover(directory.path()).ledger().recovered, 0);
}

#[test]
fn events_left_by_a_shutdown_are_sent_by_the_next_process_in_order() {
    let directory = tempdir().unwrap();
    let (tracker, _down) = after_burst(directory.path());
    let report = tracker.shutdown_blocking(Duration::ZERO);
    assert_eq!(report.ledger.pending, BURST, "{report}");
    drop(tracker);
    let test = recover(directory.path());
    assert_whole_and_in_order(&numbers_in_test(&test));
}

#[test]
fn nothing_is_written_to_disk_while_the_server_is_healthy() {
    let directory = tempdir().unwrap();
    let server = FaultServer::healthy();
    let builder =
        with_spilling(fast_tracker_builder(&server), directory.path()).max_queue_events(100_000);
    let tracker = builder.build().unwrap();
    let conversation = tracker.conversation(test_user());
    for number in 0..2_000 {
        conversation.track(numbered_event(number));
    }
    assert!(tracker.flush_blocking(TEST_TIMEOUT).is_all_delivered());
    assert!(!spool_file(directory.path()).contains("Note Taken"));
    assert_eq!(server.log().accepted_count(), 2_000);
}

#[test]
fn a_sync_writes_the_events_in_memory() {
    let directory = tempdir().unwrap();
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let builder = with_spilling(fast_tracker_builder(&server), directory.path());
    let tracker = builder.build().unwrap();
    tracker.track(&test_user(), numbered_event(1));
    server.wait_for_requests(1);
    assert!(!spool_file(directory.path()).contains("Note Taken"));
    let report = tracker.sync_blocking(TEST_TIMEOUT);
    assert!(report.complete, "{report}");
    assert!(spool_file(directory.path()).contains("Note Taken"));
}

#[test]
fn a_full_spool_drops_the_newest_events_without_blocking() {
    let directory = tempdir().unwrap();
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let spool = Spool::new(directory.path()).max_bytes(100_000);
    let tracker = with_spilling(fast_tracker_builder(&server), directory.path())
        .spool(spool)
        .build()
        .unwrap();
    for number in 0..BURST {
        tracker.track(&test_user(), numbered_event(number));
    }
    // The timeout leaves enough time to handle all events.
    let report = tracker.shutdown_blocking(Duration::from_secs(1));
    let (kept, lost) = (report.ledger.pending, report.ledger.dropped.spool_full);
    assert_eq!(kept + lost, BURST, "{report}");
    assert!(kept > 100 && lost > 100, "{report}");
    drop(tracker);
    let test = recover(directory.path());
    let numbers: Vec<_> = test
        .events()
        .iter()
        .map(|event| event.property("number").unwrap().as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (0..kept).collect::<Vec<_>>());
}

#[test]
fn spilling_requires_a_spool_that_is_not_strict() {
    let spill = || {
        Tracker::builder()
            .write_key("k")
            .overflow(Overflow::SpillToDisk)
    };
    let directory = tempdir().unwrap();
    let without = spill().build().unwrap_err();
    assert!(without.to_string().contains("call `.spool(directory)`"));
    let strict = Spool::new(directory.path()).strict(true);
    let strict = spill().spool(strict).build().unwrap_err();
    assert!(
        strict
            .to_string()
            .contains("remove one of the two settings")
    );
    for error in [without, strict] {
        assert!(matches!(error, ConfigError::SpillToDisk { .. }));
    }
}
