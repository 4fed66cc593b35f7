//! The retry rules that the test suite for Segment's SDKs checks. Unit tests in
//! `copilot_track::delivery` check the rules that take minutes or hours, and those that are pure
//! arithmetic.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use copilot_track::Tracker;
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, RecordedRequest, Response, TEST_TIMEOUT,
    assert_ledger_matches, fast_tracker_builder, flush_until_complete, numbered_event, test_user,
    tracker_builder,
};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

fn emit(tracker: &Tracker, events: u64) {
    for number in 0..events {
        tracker.track(&test_user(), numbered_event(number));
    }
}

fn with_retry_after(status: u16, seconds: u64) -> Behavior {
    Behavior::Respond(Response::new(status).header("Retry-After", seconds.to_string()))
}

/// Emits one event, and waits until the server has received it.
fn emit_until_first_request(server: &FaultServer, tracker: &Tracker) {
    emit(tracker, 1);
    server.wait_for_requests(1);
}

#[test]
fn network_errors_and_timeouts_are_retried() {
    let server = FaultServer::start(FaultPlan::first_then_ok([
        Behavior::CloseUnread,
        Behavior::CloseUnanswered,
        Behavior::ResetInHead,
        Behavior::Garbage,
        Behavior::Hang,
    ]));
    let builder = fast_tracker_builder(&server).request_timeout(Duration::from_millis(300));
    let tracker = builder.build().unwrap();
    emit(&tracker, 1);
    let report = flush_until_complete(&tracker);
    assert!(report.is_all_delivered(), "{report}");
    assert_ledger_matches(report.ledger, &server.log());
}

#[test]
fn retry_after_on_any_retryable_status_is_honored() {
    for status in [408, 410, 460, 500, 503] {
        let server = FaultServer::start(FaultPlan::first_then_ok([with_retry_after(status, 1)]));
        let tracker = fast_tracker_builder(&server).build().unwrap();
        emit_until_first_request(&server, &tracker);
        // A flush ends a backoff, but it does not end the wait that `Retry-After` requests.
        assert!(tracker.flush_blocking(TEST_TIMEOUT).is_all_delivered());
        let log = server.log();
        let delay = log.requests[1].at - log.requests[0].at;
        assert!(delay >= Duration::from_secs(1), "{status}: {delay:?}");
    }
}

#[test]
fn retry_after_does_not_count_as_a_retry() {
    let server = FaultServer::start(FaultPlan::first_then_ok([
        with_retry_after(429, 1),
        with_retry_after(503, 1),
    ]));
    let tracker = fast_tracker_builder(&server)
        .max_retries(0)
        .build()
        .unwrap();
    emit(&tracker, 1);
    assert!(tracker.flush_blocking(TEST_TIMEOUT).is_all_delivered());
    // Without `Retry-After`, the retry limit applies.
    server.set_plan(FaultPlan::first_then_ok([Behavior::status(503)]));
    emit(&tracker, 1);
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.dropped.expired, 1, "{report}");
}

#[test]
fn retry_after_waits_are_limited_by_the_retry_budget() {
    let server = FaultServer::start(FaultPlan::always(with_retry_after(429, 2)));
    let builder = fast_tracker_builder(&server).retry_budget(Duration::from_secs(1));
    let tracker = builder.build().unwrap();
    emit(&tracker, 1);
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.dropped.expired, 1, "{report}");
    assert_eq!(server.log().requests.len(), 1);
}

#[test]
fn x_retry_count_is_on_retries_only_and_the_events_stay_the_same() {
    let server = FaultServer::start(FaultPlan::first_then_ok([
        Behavior::status(500),
        with_retry_after(429, 1),
        Behavior::CloseUnanswered,
    ]));
    let tracker = fast_tracker_builder(&server).build().unwrap();
    emit_until_first_request(&server, &tracker);
    assert!(flush_until_complete(&tracker).is_all_delivered());
    let log = server.log();
    let counts: Vec<_> = log
        .requests
        .iter()
        .map(RecordedRequest::retry_count)
        .collect();
    assert_eq!(counts, [None, Some(1), Some(2), Some(3)]);
    for request in &log.requests {
        // The comparison includes the ids and the timestamps.
        assert_eq!(request.events(), log.requests[0].events());
    }
}

#[test]
fn every_attempt_has_its_own_sent_at() {
    for gzip in [false, true] {
        let server = FaultServer::start(FaultPlan::first_then_ok([
            with_retry_after(429, 1),
            Behavior::status(413),
        ]));
        let tracker = fast_tracker_builder(&server)
            .flush_interval(Duration::from_secs(60))
            .gzip(gzip)
            .build()
            .unwrap();
        emit(&tracker, 100);
        assert!(flush_until_complete(&tracker).is_all_delivered());
        let log = server.log();
        let encoding = log.requests[1].header("content-encoding");
        assert_eq!(encoding, gzip.then_some("gzip"));
        let sent_at: Vec<_> = log.requests.iter().map(sent_at).collect();
        // There are four requests: the first two attempts, and the two halves after the 413. The
        // clocks may differ a little.
        assert_eq!(sent_at.len(), 4);
        for later in &sent_at[1..] {
            let delay = *later - sent_at[0];
            assert!(delay >= Duration::from_millis(900), "{sent_at:?}");
        }
        assert!(sent_at.is_sorted(), "{sent_at:?}");
    }
}

fn sent_at(request: &RecordedRequest) -> OffsetDateTime {
    OffsetDateTime::parse(request.sent_at().unwrap(), &Rfc3339).unwrap()
}

#[test]
fn a_failed_half_does_not_resend_the_other_half() {
    let server = FaultServer::start(FaultPlan::first_then_ok([
        Behavior::status(413),
        Behavior::ok(),
        Behavior::status(500),
        Behavior::CloseUnanswered,
        Behavior::status(413),
        Behavior::ok(),
        Behavior::status(503),
    ]));
    let tracker = fast_tracker_builder(&server)
        .flush_interval(Duration::from_secs(60))
        .max_in_flight(1)
        .build()
        .unwrap();
    emit(&tracker, 8);
    let report = flush_until_complete(&tracker);
    assert!(report.is_all_delivered(), "{report}");
    let log = server.log();
    assert_eq!(log.duplicate_accepts(), 0);
    let mut accepted = BTreeSet::new();
    for request in &log.requests {
        // An accepted event is never sent again.
        for id in request.envelope_ids() {
            assert!(!accepted.contains(id));
        }
        if request.was_accepted() {
            accepted.extend(request.envelope_ids());
        }
    }
    assert_eq!(
        log.requests[1].retry_count(),
        None,
        "sending a half is not a retry"
    );
    assert_eq!(log.requests[3].retry_count(), Some(1));
}

#[test]
fn shutdown_ends_a_backoff_and_reports_undelivered_events() {
    let server = FaultServer::start(FaultPlan::always(Behavior::status(503)));
    let tracker = fast_tracker_builder(&server).build().unwrap();
    emit(&tracker, 3);
    // From the third request on, the backoff is at least a second.
    server.wait_for_requests(3);
    let start = Instant::now();
    let report = tracker.shutdown_blocking(Duration::ZERO);
    assert!(start.elapsed() < TEST_TIMEOUT);
    assert!(!report.complete);
    assert_eq!(report.ledger.dropped.shutdown, 3, "{report}");
}

#[test]
fn shutdown_ends_a_retry_after_wait_with_a_last_attempt() {
    for healthy in [true, false] {
        let server = FaultServer::start(FaultPlan::always(with_retry_after(429, 300)));
        let tracker = fast_tracker_builder(&server).build().unwrap();
        emit_until_first_request(&server, &tracker);
        emit(&tracker, 1);
        if healthy {
            server.set_plan(FaultPlan::always(Behavior::ok()));
        }
        let start = Instant::now();
        let report = tracker.shutdown_blocking(if healthy {
            TEST_TIMEOUT
        } else {
            Duration::ZERO
        });
        assert!(
            start.elapsed() < TEST_TIMEOUT,
            "the shutdown waited for Retry-After"
        );
        assert_eq!(report.complete, healthy, "{report}");
        if healthy {
            assert!(report.is_all_delivered(), "{report}");
        } else {
            assert_eq!(report.ledger.dropped.shutdown, 2, "{report}");
        }
    }
}

#[test]
fn many_trackers_with_different_keys_work_in_parallel() {
    let server = FaultServer::healthy();
    let trackers: Vec<_> = (0..20)
        .map(|key| {
            tracker_builder(&server.url())
                .write_key(format!("key-{key}"))
                .build()
                .unwrap()
        })
        .collect();
    std::thread::scope(|scope| {
        for (key, tracker) in (0..).zip(&trackers) {
            scope.spawn(move || {
                for number in 0..50 {
                    tracker.track(&test_user(), numbered_event(key * 1_000 + number));
                }
                assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
            });
        }
    });
    let log = server.log();
    assert_eq!(log.accepted_count(), 20 * 50);
    for request in &log.requests {
        let (key, _) = request.basic_auth().unwrap();
        for event in request.events() {
            let number = event["properties"]["number"].as_u64().unwrap();
            assert_eq!(key, format!("key-{}", number / 1_000));
        }
    }
}
