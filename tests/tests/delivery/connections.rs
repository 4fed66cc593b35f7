//! Connections that fail or are slow.

use std::time::{Duration, Instant};

use copilot_track::{Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, RequestLog, Response, TEST_TIMEOUT, assert_ledger_matches,
    fast_tracker_builder, flush_until_complete, numbered_event, test_user, tracker_builder,
};

const EVENTS: u64 = 10;

fn emit(tracker: &Tracker) {
    for number in 0..EVENTS {
        tracker.track(&test_user(), numbered_event(number));
    }
}

/// Injects the fault into the first request and asserts that every event is delivered.
fn assert_nothing_lost(fault: &Behavior) -> RequestLog {
    assert_nothing_lost_with(fault, |builder| builder)
}

fn assert_nothing_lost_with(
    fault: &Behavior,
    configure: impl FnOnce(TrackerBuilder) -> TrackerBuilder,
) -> RequestLog {
    let server = FaultServer::start(FaultPlan::first_then_ok([fault.clone()]));
    let tracker = configure(fast_tracker_builder(&server)).build().unwrap();
    emit(&tracker);
    let report = flush_until_complete(&tracker);
    assert!(report.is_all_delivered(), "{fault:?}: {report}");
    let log = server.log();
    assert_ledger_matches(report.ledger, &log);
    log
}

#[test]
fn a_connection_closed_before_the_request_is_read_loses_nothing() {
    let log = assert_nothing_lost(&Behavior::CloseUnread);
    assert_eq!(log.unread, 1);
}

#[test]
fn a_connection_closed_before_the_response_loses_nothing() {
    let log = assert_nothing_lost(&Behavior::CloseUnanswered);
    assert!(
        log.duplicate_reads() > 0,
        "the server did not read the same envelope ids twice"
    );
}

#[test]
fn a_connection_reset_in_the_response_head_loses_nothing() {
    let log = assert_nothing_lost(&Behavior::ResetInHead);
    assert!(log.duplicate_reads() > 0);
}

#[test]
fn a_connection_reset_in_the_response_body_loses_nothing() {
    let log = assert_nothing_lost(&Behavior::ResetInBody);
    assert_eq!(
        log.duplicate_reads(),
        0,
        "events were resent although the status was received"
    );
}

#[test]
fn an_invalid_response_loses_nothing() {
    assert_nothing_lost(&Behavior::Garbage);
}

#[test]
fn a_server_that_hangs_once_loses_nothing() {
    // The timeout is long enough for the other requests, even on a busy machine.
    assert_nothing_lost_with(&Behavior::Hang, |builder| {
        builder.request_timeout(Duration::from_millis(400))
    });
}

#[test]
fn a_slow_server_loses_nothing() {
    assert_nothing_lost(&Behavior::Delay(
        Duration::from_millis(100),
        Response::new(200),
    ));
}

#[test]
fn a_server_that_starts_late_receives_every_event() {
    let reserved = FaultServer::reserve();
    let tracker = tracker_builder(&reserved.url())
        .flush_interval(Duration::from_millis(5))
        .build()
        .unwrap();
    emit(&tracker);
    let before = tracker.flush_blocking(Duration::from_millis(100));
    assert!(!before.complete);
    assert_eq!(before.ledger.pending, EVENTS);
    let server = reserved.start(FaultPlan::always(Behavior::ok()));
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    assert_ledger_matches(report.ledger, &server.log());
}

#[test]
fn a_dripping_response_does_not_delay_delivery() {
    // The whole body would take about half an hour to arrive.
    let drip = Response::new(200).body("x".repeat(2_000));
    let server = FaultServer::start(FaultPlan::always(Behavior::Drip(
        Duration::from_secs(1),
        drip,
    )));
    let tracker = fast_tracker_builder(&server).build().unwrap();
    let start = Instant::now();
    for number in 0..3 * EVENTS {
        tracker.track(&test_user(), numbered_event(number));
        let report = tracker.flush_blocking(TEST_TIMEOUT);
        assert!(report.is_all_delivered(), "{report}");
    }
    // This is far below the request timeout of 30 s.
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    assert_ledger_matches(tracker.ledger(), &server.log());
}

#[test]
fn connections_are_reused() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server)
        .max_in_flight(1)
        .build()
        .unwrap();
    for number in 0..20 {
        tracker.track(&test_user(), numbered_event(number));
        assert!(tracker.flush_blocking(TEST_TIMEOUT).complete);
    }
    let log = server.log();
    assert_eq!(log.requests.len(), 20);
    assert_eq!(log.connections, 1);
}
