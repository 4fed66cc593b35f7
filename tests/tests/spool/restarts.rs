//! A tracker recovers the events of an earlier tracker.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use copilot_track::testing::TestTracker;
use copilot_track::{ConfigError, Content, Spool, TrackEvent as _, Tracker};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, RecordedRequest, TEST_TIMEOUT, build_when_free,
    fast_tracker_builder, flush_until_complete, numbered_event, test_user,
};
use tempfile::tempdir;

/// Returns the numbers of the events, in the order in which they were sent.
fn numbers(test: &TestTracker) -> Vec<u64> {
    let number = |event: &copilot_track::testing::CapturedEvent| event.property("number")?.as_u64();
    test.events().iter().filter_map(number).collect()
}

fn recover(directory: &std::path::Path) -> TestTracker {
    build_when_free(|| TestTracker::with(Tracker::builder().spool(directory)))
}

#[test]
fn events_left_by_an_outage_are_sent_by_the_next_process_in_order() {
    let directory = tempdir().unwrap();
    let server = FaultServer::start(FaultPlan::always(Behavior::status(503)));
    let tracker = fast_tracker_builder(&server)
        .spool(directory.path())
        .build()
        .unwrap();
    for number in 0..3000 {
        tracker.track(&test_user(), numbered_event(number));
    }
    server.wait_for_requests(1);
    let report = tracker.shutdown_blocking(Duration::from_millis(50));
    assert!(!report.complete);
    assert_eq!(report.ledger.pending, 3000, "{report}");
    assert!(report.ledger.is_balanced(), "{report}");
    let sent = server.log();

    let test = recover(directory.path());
    assert_eq!(numbers(&test), (0..3000).collect::<Vec<_>>());
    let ledger = test.ledger();
    assert_eq!((ledger.recovered, ledger.delivered), (3000, 3000));
    // The events are unchanged, including ids and timestamps.
    let recovered: BTreeMap<_, _> = test
        .events()
        .iter()
        .map(|event| (event.envelope_id().unwrap().to_owned(), event.json()))
        .collect();
    for event in sent.requests.iter().flat_map(RecordedRequest::events) {
        assert_eq!(recovered[event["messageId"].as_str().unwrap()], *event);
    }
    drop(test);
    assert_eq!(numbers(&recover(directory.path())), [0; 0]);
}

#[test]
fn recovered_events_arrive_in_order_despite_failures() {
    let directory = tempdir().unwrap();
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let first = fast_tracker_builder(&server)
        .spool(directory.path())
        .build()
        .unwrap();
    for number in 0..2000 {
        first.track(&test_user(), numbered_event(number));
    }
    let _ = first.shutdown_blocking(Duration::ZERO);
    drop(first);

    let server = FaultServer::start(FaultPlan::random(40, Behavior::status(503), 7));
    let next = fast_tracker_builder(&server)
        .spool(directory.path())
        .flush_at(100)
        .build()
        .unwrap();
    // New events are sent after the recovered ones.
    for number in 2000..2100 {
        next.track(&test_user(), numbered_event(number));
    }
    let report = flush_until_complete(&next);
    assert!(report.is_all_delivered(), "{report}");
    let log = server.log();
    let accepted = log.requests.iter().filter(|request| request.was_accepted());
    let numbers: Vec<_> = accepted
        .flat_map(RecordedRequest::events)
        .filter_map(|event| event["properties"]["number"].as_u64())
        .collect();
    assert_eq!(numbers, (0..2100).collect::<Vec<_>>());
    assert!(
        log.requests.len() > 21,
        "no request was retried after a 503"
    );
}

#[test]
fn delivered_events_leave_nothing_behind() {
    let directory = tempdir().unwrap();
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server)
        .spool(directory.path())
        .build()
        .unwrap();
    for number in 0..100 {
        tracker.track(&test_user(), numbered_event(number));
    }
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    assert_eq!(server.log().accepted_count(), 100);
    drop(tracker);
    assert_eq!(recover(directory.path()).ledger().recovered, 0);
}

#[test]
fn a_rejected_event_is_not_sent_by_the_next_process() {
    let directory = tempdir().unwrap();
    let server = FaultServer::start(FaultPlan::always(Behavior::status(401)));
    let tracker = fast_tracker_builder(&server)
        .spool(directory.path())
        .build()
        .unwrap();
    tracker.track(&test_user(), numbered_event(1));
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.dropped.rejected, 1, "{report}");
    drop(tracker);
    assert_eq!(recover(directory.path()).ledger().recovered, 0);
}

#[test]
fn a_full_spool_drops_and_counts_the_newest_events() {
    let directory = tempdir().unwrap();
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let spool = Spool::new(directory.path()).max_bytes(10_000);
    let tracker = fast_tracker_builder(&server).spool(spool).build().unwrap();
    for number in 0..100 {
        tracker.track(&test_user(), numbered_event(number));
    }
    // The timeout leaves enough time to handle all events.
    let report = tracker.shutdown_blocking(Duration::from_secs(1));
    let (kept, lost) = (report.ledger.pending, report.ledger.dropped.spool_full);
    assert_eq!(kept + lost, 100, "{report}");
    assert!(kept > 10 && lost > 10, "{report}");
    drop(tracker);
    let kept: Vec<_> = (0..kept).collect();
    assert_eq!(numbers(&recover(directory.path())), kept);
}

#[test]
fn synced_events_are_on_disk() {
    let directory = tempdir().unwrap();
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let strict = Spool::new(directory.path()).strict(true);
    let tracker = fast_tracker_builder(&server)
        .spool(strict)
        .drop_timeout(Duration::ZERO)
        .build()
        .unwrap();
    tracker.track(&test_user(), numbered_event(1));
    // A strict spool syncs every event.
    let report = tracker.sync_blocking(Duration::ZERO);
    assert_eq!(report.ledger.pending, 1);
    let file = std::fs::read(directory.path().join("events.redb")).unwrap();
    let text = String::from_utf8_lossy(&file);
    assert!(text.contains("Note Taken"));
}

#[test]
fn two_trackers_cannot_share_a_directory() {
    let directory = tempdir().unwrap();
    let first = recover(directory.path());
    let second = TestTracker::with(Tracker::builder().spool(directory.path()));
    let error = second.unwrap_err();
    assert!(matches!(error, ConfigError::SpoolInUse { .. }), "{error}");
    assert!(error.to_string().contains("its own directory"));
    drop(first);
    recover(directory.path());
}

#[test]
fn hidden_content_never_reaches_the_disk() {
    let directory = tempdir().unwrap();
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let tracker = fast_tracker_builder(&server)
        .content(Content::Hidden)
        .spool(directory.path())
        .build()
        .unwrap();
    tracker
        .conversation(test_user())
        .message_sent("my secret is 4711");
    let report = tracker.sync_blocking(TEST_TIMEOUT);
    assert!(report.complete, "{report}");
    let _ = tracker.shutdown_blocking(Duration::ZERO);
    for file in std::fs::read_dir(directory.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("secret"));
    }
}

#[test]
fn recovered_events_are_sent_with_the_current_write_key() {
    let directory = tempdir().unwrap();
    let down = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let old = fast_tracker_builder(&down)
        .write_key("old-key")
        .spool(directory.path())
        .build()
        .unwrap();
    old.track(&test_user(), numbered_event(1));
    down.wait_for_requests(1);
    assert_eq!(
        old.shutdown_blocking(Duration::ZERO).ledger.pending,
        1,
        "the event was removed from disk"
    );
    drop(old);
    // The tracker that opens the spool determines where the spool's events are sent.
    let server = FaultServer::healthy();
    let new = fast_tracker_builder(&server)
        .write_key("new-key")
        .spool(directory.path())
        .build()
        .unwrap();
    assert!(new.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    let log = server.log();
    assert_eq!(log.requests[0].basic_auth().unwrap().0, "new-key");
    assert_eq!(log.accepted_count(), 1);
}

#[test]
fn a_clock_that_goes_backwards_changes_neither_order_nor_timestamps() {
    let directory = tempdir().unwrap();
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let at = |number: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000 - number);
    for half in [0, 10] {
        let tracker = fast_tracker_builder(&server)
            .spool(directory.path())
            .build()
            .unwrap();
        let conversation = tracker.conversation(test_user());
        for number in half..half + 10 {
            conversation.track(numbered_event(number).timestamp(at(number)));
        }
        let report = tracker.shutdown_blocking(Duration::ZERO);
        assert_eq!(report.ledger.pending, half + 10, "{report}");
    }
    let test = recover(directory.path());
    assert_eq!(numbers(&test), (0..20).collect::<Vec<_>>());
    let times: Vec<_> = test
        .events()
        .iter()
        .map(|event| event.json()["timestamp"].as_str().unwrap().to_owned())
        .collect();
    assert!(times.iter().rev().is_sorted(), "{times:?}");
    assert_eq!(times[0], "2033-05-18T03:33:20Z");
}
