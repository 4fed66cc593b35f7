//! The limits of the queue, and what happens when it is full.

use std::time::Duration;

use copilot_track::{CustomEvent, Properties, TrackEvent};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, TEST_TIMEOUT, assert_ledger_matches, fast_tracker_builder,
    numbered_event, test_user,
};

/// Returns a tracker that may send two requests at a time. Both requests hang, so later events stay
/// in the queue.
fn tracker_with_limits(
    events: usize,
    bytes: usize,
    server: &FaultServer,
) -> copilot_track::Tracker {
    let tracker = fast_tracker_builder(server)
        .flush_at(1)
        .max_in_flight(2)
        .drop_timeout(Duration::ZERO)
        .max_queue_events(events)
        .max_queue_bytes(bytes)
        .build()
        .unwrap();
    for number in 0..2 {
        tracker.track(&test_user(), numbered_event(number));
        let _ = tracker.flush_blocking(Duration::ZERO);
    }
    server.wait_for_requests(2);
    tracker
}

#[test]
fn events_over_the_event_limit_are_counted() {
    let server = FaultServer::start(FaultPlan::first_then_ok([Behavior::Hang, Behavior::Hang]));
    let tracker = tracker_with_limits(10, usize::MAX, &server);
    for number in 0..100 {
        tracker.track(&test_user(), numbered_event(100 + number));
    }
    let ledger = tracker.ledger();
    // In addition to the queued events, one event waits in the open batch.
    assert!((89..=90).contains(&ledger.dropped.queue_full), "{ledger}");
    assert_eq!(ledger.pending, 102 - ledger.dropped.queue_full);
    assert!(ledger.is_balanced());
}

#[test]
fn events_over_the_byte_limit_are_counted() {
    let server = FaultServer::start(FaultPlan::first_then_ok([Behavior::Hang, Behavior::Hang]));
    let tracker = tracker_with_limits(1_000, 100_000, &server);
    for number in 0..100 {
        tracker.track(
            &test_user(),
            numbered_event(number).property("text", "x".repeat(10_000)),
        );
    }
    let ledger = tracker.ledger();
    assert!(ledger.dropped.queue_full >= 88, "{ledger}");
    // The limit counts the capacity of a string, which can be twice its length.
    assert!(ledger.pending >= 7, "{ledger}");
}

#[test]
fn delivered_events_free_the_queue() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server)
        .max_queue_events(10)
        .build()
        .unwrap();
    for round in 0..10 {
        for number in 0..10 {
            tracker.track(&test_user(), numbered_event(round * 10 + number));
        }
        assert!(tracker.flush_blocking(TEST_TIMEOUT).complete);
    }
    let ledger = tracker.ledger();
    assert_eq!(ledger.delivered, 100, "{ledger}");
    assert_ledger_matches(ledger, &server.log());
}

#[test]
fn a_single_event_over_the_byte_limit_is_still_sent() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server)
        .max_queue_bytes(1)
        .build()
        .unwrap();
    tracker.track(&test_user(), numbered_event(1));
    assert!(tracker.flush_blocking(TEST_TIMEOUT).is_all_delivered());
}

#[test]
fn a_burst_on_a_small_queue_keeps_the_ledger_balanced() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server)
        .max_queue_events(100)
        .build()
        .unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let tracker = &tracker;
            scope.spawn(move || {
                let conversation = tracker.conversation(test_user());
                for number in 0..5_000 {
                    conversation.track(numbered_event(thread * 5_000 + number));
                    assert!(number % 500 != 0 || tracker.ledger().is_balanced());
                }
            });
        }
    });
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    let ledger = report.ledger;
    assert_eq!(ledger.emitted, 20_000);
    assert_eq!(
        ledger.delivered + ledger.dropped.queue_full,
        20_000,
        "{ledger}"
    );
    assert_ledger_matches(ledger, &server.log());
}

/// An event with an arbitrary size hint.
struct WithSizeHint(fn() -> usize);

impl TrackEvent for WithSizeHint {
    fn name(&self) -> std::borrow::Cow<'static, str> {
        "Sized".into()
    }

    fn write_properties(&self, _: &mut Properties<'_>) {}

    fn size_hint(&self) -> usize {
        (self.0)()
    }
}

#[test]
fn an_absurd_size_hint_does_not_affect_other_events() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    tracker.track(&test_user(), WithSizeHint(|| usize::MAX));
    assert!(tracker.flush_blocking(TEST_TIMEOUT).complete);
    for number in 0..10 {
        tracker.track(&test_user(), numbered_event(number));
    }
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    assert_eq!(report.ledger.emitted, 11);
}

#[test]
fn an_event_with_a_long_name_is_dropped_as_too_large() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    tracker.track(&test_user(), CustomEvent::new("x".repeat(40_000)).unwrap());
    tracker.track(&test_user(), numbered_event(1));
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.dropped.too_large, 1);
    assert_eq!(report.ledger.delivered, 1);
    assert_ledger_matches(report.ledger, &server.log());
}
