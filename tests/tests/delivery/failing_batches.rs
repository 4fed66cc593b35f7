//! The endpoint fails with a 500 for single batches and accepts all others.

use std::thread;
use std::time::Duration;

use copilot_track::{Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, RequestLog, Response, TEST_TIMEOUT, assert_ledger_matches,
    fast_tracker_builder, flush_until_complete, numbered_event, read_dead_letters, test_user,
};
use tempfile::tempdir;

/// Starts a server that responds with this status to each batch with one of these events.
fn fails_for(numbers: impl IntoIterator<Item = u64>, status: u16) -> FaultServer {
    FaultServer::start(FaultPlan::always(Behavior::Poison {
        numbers: numbers.into_iter().collect(),
        response: Response::new(status),
    }))
}

fn batches_of_ten(server: &FaultServer) -> TrackerBuilder {
    fast_tracker_builder(server).flush_at(10)
}

fn emit(tracker: &Tracker, events: std::ops::Range<u64>) {
    for number in events {
        tracker.track(&test_user(), numbered_event(number));
    }
}

fn accepted_numbers(log: &RequestLog) -> Vec<u64> {
    let number = |event: &&serde_json::Value| event["properties"]["number"].as_u64();
    log.events().iter().filter_map(number).collect()
}

/// Returns the number of requests with this event.
fn attempts(log: &RequestLog, number: u64) -> usize {
    let contains = |events: &[serde_json::Value]| {
        events
            .iter()
            .any(|event| event["properties"]["number"] == number)
    };
    let requests = log.requests.iter();
    requests
        .filter(|request| contains(request.events()))
        .count()
}

/// Returns a plan by which batches with one of these events get no response.
fn hangs_for(number: u64, others: impl IntoIterator<Item = (u64, u16)>) -> FaultPlan {
    let mut entries = vec![([number].into(), Behavior::Hang)];
    let status = |(number, status)| ([number].into(), Behavior::status(status));
    entries.extend(others.into_iter().map(status));
    FaultPlan::always(Behavior::ForEvents(entries))
}

#[test]
fn a_batch_that_fails_alone_does_not_delay_others() {
    for max_in_flight in [1, 8] {
        let server = fails_for([3], 500);
        let tracker = batches_of_ten(&server)
            .max_in_flight(max_in_flight)
            .build()
            .unwrap();
        emit(&tracker, 0..2_150);
        let poisoned = |log: &RequestLog| log.requests[0].events().len() as u64;
        server.wait_until("the other events", |log| {
            !log.requests.is_empty() && log.accepted_count() == 2_150 - poisoned(log)
        });
        let report = tracker.shutdown_blocking(Duration::ZERO);
        let log = server.log();
        assert_ledger_matches(report.ledger, &log);
        assert_eq!(report.ledger.dropped.shutdown, poisoned(&log), "{report}");
    }
}

#[test]
fn eight_batches_that_fail_alone_do_not_stop_the_others() {
    let server = fails_for((0..80).step_by(10), 500);
    let tracker = batches_of_ten(&server).build().unwrap();
    emit(&tracker, 0..80);
    server.wait_for_requests(8);
    emit(&tracker, 80..2_220);
    server.wait_until("the other events", |log| {
        let accepted = accepted_numbers(log);
        accepted.iter().filter(|number| **number >= 80).count() == 2_140
    });
    let report = tracker.shutdown_blocking(Duration::ZERO);
    assert_ledger_matches(report.ledger, &server.log());
}

#[test]
fn a_batch_that_was_set_aside_is_delivered_when_the_endpoint_accepts_it() {
    let server = fails_for([3], 503);
    let tracker = batches_of_ten(&server).max_in_flight(1).build().unwrap();
    emit(&tracker, 0..50);
    server.wait_until("other events", |log| log.accepted_count() > 0);
    server.set_plan(FaultPlan::always(Behavior::ok()));
    let report = flush_until_complete(&tracker);
    assert!(report.is_all_delivered(), "{report}");
    let log = server.log();
    assert_ledger_matches(report.ledger, &log);
    assert_eq!(log.duplicate_accepts(), 0);
}

#[test]
fn a_long_outage_changes_no_order_with_one_request_at_a_time() {
    let server = FaultServer::start(FaultPlan::always(Behavior::status(503)));
    let tracker = batches_of_ten(&server).max_in_flight(1).build().unwrap();
    emit(&tracker, 0..100);
    // After several failures, another batch is sent as a probe, and fails, too.
    let log = server.wait_until("a probe", |log| {
        let first = log.requests.first().map(|request| &request.json["batch"]);
        log.requests
            .iter()
            .any(|request| Some(&request.json["batch"]) != first)
    });
    assert!(log.requests.len() >= 5, "{}", log.requests.len());
    server.set_plan(FaultPlan::always(Behavior::ok()));
    let report = flush_until_complete(&tracker);
    assert!(report.is_all_delivered(), "{report}");
    assert_eq!(
        accepted_numbers(&server.log()),
        (0..100).collect::<Vec<_>>()
    );
}

#[test]
fn an_outage_causes_few_additional_requests() {
    let server = FaultServer::start(FaultPlan::always(Behavior::status(500)));
    let tracker = fast_tracker_builder(&server)
        .flush_at(1)
        .max_in_flight(1)
        .build()
        .unwrap();
    emit(&tracker, 0..200);
    let log = server.wait_for_requests(8);
    // Each failure of the oldest batch allows one request for another batch, from the fourth on.
    let oldest = attempts(&log, 0);
    assert!(
        log.requests.len() - oldest <= oldest.saturating_sub(3),
        "{oldest}"
    );
    assert!(!tracker.shutdown_blocking(Duration::ZERO).complete);
}

#[test]
fn retry_after_of_a_batch_that_fails_alone_delays_only_that_batch() {
    let server = FaultServer::start(FaultPlan::always(Behavior::Poison {
        numbers: [3].into(),
        response: Response::new(503).header("Retry-After", "1"),
    }));
    let tracker = batches_of_ten(&server).build().unwrap();
    emit(&tracker, 0..50);
    // The batch is set aside after several attempts, and is then retried once per second.
    server.wait_until("more attempts", |log| {
        log.requests
            .iter()
            .filter(|request| !request.was_accepted())
            .count()
            >= 6
    });
    let before = server.log().requests.len();
    emit(&tracker, 50..60);
    let log = server.wait_until("new events", |log| accepted_numbers(log).contains(&59));
    assert!(log.requests.len() <= before + 12);
    let _ = tracker.shutdown_blocking(Duration::ZERO);
}

#[test]
fn when_the_retries_run_out_only_the_events_that_fail_become_dead_letters() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("dead-letters.jsonl");
    let server = fails_for([42], 500);
    let tracker = fast_tracker_builder(&server)
        .flush_interval(TEST_TIMEOUT)
        .flush_at(100)
        .max_in_flight(1)
        .max_retries(5)
        .dead_letters(&file)
        .build()
        .unwrap();
    emit(&tracker, 0..200);
    server.wait_until("the second batch", |log| {
        accepted_numbers(log).contains(&199)
    });
    let report = flush_until_complete(&tracker);
    let log = server.log();
    assert_ledger_matches(report.ledger, &log);
    assert_eq!(report.ledger.delivered, 199, "{report}");
    assert_eq!(report.ledger.dropped.expired, 1, "{report}");
    let letters = read_dead_letters(directory.path());
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0]["properties"]["number"], 42);
}

#[test]
fn a_batch_that_fails_alone_is_bisected_even_if_it_has_few_retries() {
    let server = fails_for([42], 500);
    let tracker = fast_tracker_builder(&server)
        .flush_interval(TEST_TIMEOUT)
        .flush_at(100)
        .max_retries(3)
        .build()
        .unwrap();
    // Three retries are too few for the batch to be set aside.
    emit(&tracker, 0..100);
    server.wait_for_requests(1);
    emit(&tracker, 100..200);
    server.wait_until("the other batch", |log| log.accepted_count() == 100);
    // A flush would end the backoff, so it must not begin before the delivery is known.
    while tracker.ledger().delivered < 100 {
        thread::yield_now();
    }
    let report = flush_until_complete(&tracker);
    assert_eq!(report.ledger.delivered, 199, "{report}");
    assert_eq!(report.ledger.dropped.expired, 1, "{report}");
    assert_ledger_matches(report.ledger, &server.log());
}

#[test]
fn a_batch_that_was_set_aside_and_hangs_does_not_use_the_only_request() {
    let server = fails_for([3], 500);
    let tracker = batches_of_ten(&server)
        .max_in_flight(1)
        .request_timeout(2 * TEST_TIMEOUT)
        .build()
        .unwrap();
    emit(&tracker, 0..50);
    server.wait_until("other events", |log| accepted_numbers(log).contains(&49));
    let before = attempts(&server.log(), 3);
    server.set_plan(hangs_for(3, []));
    // The flush ends the backoff.
    let _ = tracker.flush_blocking(Duration::ZERO);
    server.wait_until("a request that hangs", |log| attempts(log, 3) > before);
    emit(&tracker, 50..60);
    server.wait_until("new events", |log| accepted_numbers(log).contains(&59));
    assert!(!tracker.shutdown_blocking(Duration::ZERO).complete);
}

#[test]
fn a_probe_does_not_wait_for_a_request_that_hangs() {
    let server = fails_for([0, 10], 500);
    let tracker = batches_of_ten(&server)
        .max_in_flight(2)
        .request_timeout(2 * TEST_TIMEOUT)
        .build()
        .unwrap();
    emit(&tracker, 0..10);
    server.wait_for_requests(1);
    emit(&tracker, 10..20);
    // Both batches fail until one of them is probably the cause.
    server.wait_until("several attempts", |log| {
        attempts(log, 0) >= 5 && attempts(log, 10) >= 5
    });
    let before = attempts(&server.log(), 10);
    server.set_plan(hangs_for(10, [(0, 500)]));
    let _ = tracker.flush_blocking(Duration::ZERO);
    server.wait_until("a request that hangs", |log| attempts(log, 10) > before);
    emit(&tracker, 20..30);
    server.wait_until("new events", |log| accepted_numbers(log).contains(&29));
    assert!(!tracker.shutdown_blocking(Duration::ZERO).complete);
}
