//! How each response is handled.

use std::time::{Duration, SystemTime};

use copilot_track::{Ledger, Tracker};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, RequestLog, Response, TEST_TIMEOUT, assert_ledger_matches,
    fast_tracker_builder, flush_until_complete, numbered_event, test_user,
};

const EVENTS: u64 = 20;

fn emit(tracker: &Tracker, events: u64) {
    for number in 0..events {
        tracker.track(&test_user(), numbered_event(number));
    }
}

/// Sends events in batches of five, and waits until each event is delivered or dropped.
fn deliver(plan: FaultPlan) -> (Tracker, Ledger, RequestLog) {
    let server = FaultServer::start(plan);
    let tracker = fast_tracker_builder(&server).flush_at(5).build().unwrap();
    emit(&tracker, EVENTS);
    let report = flush_until_complete(&tracker);
    let log = server.log();
    assert_ledger_matches(report.ledger, &log);
    (tracker, report.ledger, log)
}

#[test]
fn retryable_statuses_are_retried_and_lose_nothing() {
    let statuses = [408, 410, 429, 460, 500, 502, 503, 504, 529];
    let plan = FaultPlan::first_then_ok(statuses.map(Behavior::status));
    let (_, ledger, log) = deliver(plan);
    assert_eq!(ledger.delivered, EVENTS);
    assert_eq!(ledger.retries, statuses.len() as u64);
    assert_eq!(log.duplicate_accepts(), 0);
}

#[test]
fn permanent_error_statuses_are_not_retried() {
    for status in [400, 401, 402, 403, 404, 405, 422, 451, 501, 505, 511] {
        let (tracker, ledger, log) = deliver(FaultPlan::always(Behavior::status(status)));
        assert_eq!(ledger.dropped.rejected, EVENTS, "{status}: {ledger}");
        assert_eq!(tracker.rejected_by_status(), [(Some(status), EVENTS)]);
        assert_eq!(ledger.retries, 0, "{status}");
        // After a 400, parts of the batch are sent.
        if status != 400 {
            assert_eq!(log.duplicate_reads(), 0, "{status}");
        }
    }
}

#[test]
fn a_rejected_batch_does_not_affect_others() {
    let plan = FaultPlan::first_then_ok([Behavior::status(422)]);
    let (_, ledger, log) = deliver(plan);
    assert_eq!(
        ledger.dropped.rejected,
        log.requests[0].events().len() as u64
    );
    assert_eq!(ledger.delivered + ledger.dropped.rejected, EVENTS);
}

#[test]
fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let redirect_target = FaultServer::healthy();
        let redirect =
            Response::new(status).header("Location", redirect_target.url() + "/v1/batch");
        let (_, ledger, log) = deliver(FaultPlan::always(Behavior::Respond(redirect)));
        assert_eq!(ledger.dropped.rejected, EVENTS, "{status}");
        assert_eq!(log.duplicate_reads(), 0, "{status}");
        assert_eq!(redirect_target.log().connections, 0, "{status}");
    }
}

#[test]
fn a_200_counts_as_delivered_whatever_its_body() {
    for body in ["", "not JSON", "{\"success\":false}", "\0\u{ff}"] {
        let answer = Response::new(200).body(body);
        let (_, ledger, _) = deliver(FaultPlan::always(Behavior::Respond(answer)));
        assert_eq!(ledger.delivered, EVENTS, "{body:?}");
    }
}

#[test]
fn a_batch_that_is_too_large_is_split_until_it_fits() {
    let limit = Behavior::Limit {
        bytes: usize::MAX,
        events: 2,
    };
    let (_, ledger, log) = deliver(FaultPlan::always(limit));
    assert_eq!(ledger.delivered, EVENTS);
    assert_eq!(ledger.retries, 0, "sending a half is not a retry");
    assert_eq!(log.duplicate_accepts(), 0);
    assert!(
        log.requests
            .iter()
            .all(|request| request.header("x-retry-count").is_none())
    );
}

#[test]
fn a_400_about_the_size_splits_the_batch() {
    let too_large = Response::new(400).body(r#"{"message":"Exceed payload limit"}"#);
    let (_, ledger, log) = deliver(FaultPlan::first_then_ok([Behavior::Respond(too_large)]));
    assert_eq!(ledger.delivered, EVENTS);
    assert_eq!(log.duplicate_accepts(), 0);
}

#[test]
fn only_the_event_that_is_too_large_is_rejected() {
    let server = FaultServer::start(FaultPlan::always(Behavior::Limit {
        bytes: 10_000,
        events: usize::MAX,
    }));
    let tracker = fast_tracker_builder(&server)
        .flush_interval(Duration::from_secs(60))
        .build()
        .unwrap();
    for number in 0..9 {
        let text = "x".repeat(if number == 4 { 20_000 } else { 10 });
        tracker.track(&test_user(), numbered_event(number).property("text", text));
    }
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    let log = server.log();
    assert_ledger_matches(report.ledger, &log);
    assert_eq!(report.ledger.delivered, 8);
    assert_eq!(tracker.rejected_by_status(), [(Some(413), 1)]);
    let numbers: Vec<_> = log
        .events()
        .iter()
        .map(|event| event["properties"]["number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [0, 1, 2, 3, 5, 6, 7, 8], "in their original order");
}

#[test]
fn retry_after_in_seconds_is_honored() {
    let busy = Response::new(429).header("Retry-After", "1");
    let server = FaultServer::start(FaultPlan::first_then_ok([Behavior::Respond(busy)]));
    let tracker = fast_tracker_builder(&server)
        .max_in_flight(1)
        .build()
        .unwrap();
    emit(&tracker, 1);
    server.wait_for_requests(1);
    emit(&tracker, EVENTS - 1);
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    let log = server.log();
    assert_ledger_matches(report.ledger, &log);
    assert_eq!(report.ledger.delivered, EVENTS);
    for later in &log.requests[1..] {
        // The client starts to wait when it receives the response. The server records the request
        // before that.
        let delay = later.at - log.requests[0].at;
        assert!(delay >= Duration::from_secs(1), "{delay:?}");
    }
}

#[test]
fn retry_after_as_a_date_is_honored() {
    // A date has no fraction of a second, so this one is 1 to 2 s in the future.
    let date = SystemTime::now() + Duration::from_secs(2);
    let busy = Response::new(503).header("Retry-After", httpdate::fmt_http_date(date));
    let server = FaultServer::start(FaultPlan::first_then_ok([Behavior::Respond(busy)]));
    let tracker = fast_tracker_builder(&server).build().unwrap();
    emit(&tracker, 1);
    let log = server.wait_for_requests(2);
    let received_at = SystemTime::now();
    let date_in_seconds = SystemTime::UNIX_EPOCH
        + Duration::from_secs(
            date.duration_since(SystemTime::UNIX_EPOCH)
                .unwrap()
                .as_secs(),
        );
    assert!(received_at >= date_in_seconds);
    assert_eq!(log.requests[1].retry_count(), Some(1));
}

#[test]
fn a_flush_does_not_shorten_retry_after() {
    let busy = Response::new(429).header("Retry-After", "1");
    let server = FaultServer::start(FaultPlan::first_then_ok([Behavior::Respond(busy)]));
    let tracker = fast_tracker_builder(&server).build().unwrap();
    emit(&tracker, 1);
    server.wait_for_requests(1);
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.delivered, 1);
    let log = server.log();
    assert!(log.requests[1].at - log.requests[0].at >= Duration::from_secs(1));
}

#[test]
fn a_retry_after_of_zero_still_backs_off() {
    let date = httpdate::fmt_http_date(SystemTime::now() - Duration::from_secs(60));
    for header in ["0".to_owned(), date] {
        let busy = Response::new(429).header("Retry-After", &header);
        let server = FaultServer::start(FaultPlan::first_then_ok(std::iter::repeat_n(
            Behavior::Respond(busy),
            2,
        )));
        let tracker = fast_tracker_builder(&server).build().unwrap();
        emit(&tracker, 1);
        let log = server.wait_for_requests(3);
        // Two backoffs take at least half of 0.5 s plus half of 1 s.
        let took = log.requests[2].at - log.requests[0].at;
        assert!(took >= Duration::from_millis(750), "{header}: {took:?}");
    }
}

#[test]
fn an_invalid_retry_after_is_ignored() {
    for header in ["soon", "-1", "1e3", "", "99999999999999999999999"] {
        let busy = Response::new(429).header("Retry-After", header);
        let (_, ledger, _) = deliver(FaultPlan::first_then_ok([Behavior::Respond(busy)]));
        assert_eq!(ledger.delivered, EVENTS, "{header:?}");
    }
}
