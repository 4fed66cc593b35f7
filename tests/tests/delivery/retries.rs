//! The contents and delays of retries, and the expiry of a batch.

use std::time::Duration;

use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, RecordedRequest, TEST_TIMEOUT, assert_ledger_matches,
    fast_tracker_builder, flush_until_complete, numbered_event, test_user,
};
use serde_json::Value;

#[test]
fn a_retry_differs_only_in_its_count_and_sent_at() {
    let server = FaultServer::start(FaultPlan::first_then_ok([
        Behavior::status(500),
        Behavior::CloseUnanswered,
        Behavior::status(429),
    ]));
    // The interval is long enough that both events are in one request.
    let tracker = fast_tracker_builder(&server)
        .flush_interval(TEST_TIMEOUT)
        .build()
        .unwrap();
    let conversation = tracker.conversation(test_user());
    conversation.message_sent("Hello");
    let report = flush_until_complete(&tracker);
    assert!(report.is_all_delivered(), "{report}");

    let log = server.log();
    assert_ledger_matches(report.ledger, &log);
    let counts: Vec<_> = log
        .requests
        .iter()
        .map(RecordedRequest::retry_count)
        .collect();
    assert_eq!(counts, [None, Some(1), Some(2), Some(3)]);
    assert_eq!(report.ledger.retries, 3);
    for request in &log.requests {
        let json = |request: &RecordedRequest| {
            let mut json = request.json.clone();
            json["sentAt"] = Value::Null;
            json
        };
        assert_eq!(json(request), json(&log.requests[0]));
    }
}

#[test]
fn the_ledger_counts_retries_that_were_sent() {
    let server = FaultServer::start(FaultPlan::always(Behavior::status(500)));
    let tracker = fast_tracker_builder(&server).build().unwrap();
    tracker.track(&test_user(), numbered_event(1));
    server.wait_for_requests(1);
    // The backoff is at least a quarter of a second, so the shutdown usually happens before the
    // backoff ends. Otherwise, there is one more request.
    let report = tracker.shutdown_blocking(Duration::ZERO);
    assert!(!report.complete);
    drop(tracker);
    let log = server.log();
    assert_eq!(report.ledger.retries, log.requests.len() as u64 - 1);
}

#[test]
fn delays_grow_with_each_retry() {
    let server = FaultServer::start(FaultPlan::first_then_ok(std::iter::repeat_n(
        Behavior::status(500),
        3,
    )));
    let tracker = fast_tracker_builder(&server).build().unwrap();
    tracker.track(&test_user(), numbered_event(1));
    let log = server.wait_for_requests(4);
    let gaps: Vec<_> = log
        .requests
        .windows(2)
        .map(|pair| (pair[1].at - pair[0].at).as_millis())
        .collect();
    // The first delay is half a second, and the delay doubles with each retry. Jitter shortens each
    // delay by up to half.
    assert!(
        gaps[0] >= 250 && gaps[1] >= 500 && gaps[2] >= 1_000,
        "{gaps:?}"
    );
}

#[test]
fn a_batch_expires_when_its_retry_budget_is_spent() {
    let server = FaultServer::start(FaultPlan::always(Behavior::status(500)));
    let tracker = fast_tracker_builder(&server)
        .retry_budget(Duration::ZERO)
        .build()
        .unwrap();
    tracker.track(&test_user(), numbered_event(1));
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    assert!(report.complete);
    assert_eq!(report.ledger.dropped.expired, 1);
    assert_eq!(server.log().requests.len(), 1);
}

#[test]
fn random_failures_lose_nothing() {
    for (seed, fault) in [
        (1, Behavior::status(500)),
        (2, Behavior::CloseUnread),
        (3, Behavior::CloseUnanswered),
        (4, Behavior::ResetInHead),
    ] {
        let server = FaultServer::start(FaultPlan::random(30, fault.clone(), seed));
        let tracker = fast_tracker_builder(&server).flush_at(10).build().unwrap();
        let conversation = tracker.conversation(test_user());
        for number in 0..500 {
            conversation.track(numbered_event(number));
        }
        let report = flush_until_complete(&tracker);
        let log = server.log();
        assert!(report.is_all_delivered(), "{fault:?}: {report}");
        assert_ledger_matches(report.ledger, &log);
        assert_eq!(log.duplicate_accepts(), 0, "{fault:?}");
        let failed = log
            .requests
            .iter()
            .filter(|request| !request.was_accepted())
            .count();
        assert!(failed + log.unread > 0, "{fault:?}");
    }
}
