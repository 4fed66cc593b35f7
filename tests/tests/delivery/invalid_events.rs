//! The endpoint refuses batches with a 400 because of single events.

use std::time::Duration;

use copilot_track::{Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, RequestLog, Response, TEST_TIMEOUT, assert_ledger_matches,
    fast_tracker_builder, numbered_event, read_dead_letters, test_user,
};
use tempfile::tempdir;

/// Returns a plan that refuses each batch with one of these events.
fn refuses(numbers: &[u64]) -> FaultPlan {
    FaultPlan::always(Behavior::Poison {
        numbers: numbers.iter().copied().collect(),
        response: Response::new(400),
    })
}

/// Returns a builder for a tracker that sends all events in one batch.
fn one_batch(server: &FaultServer) -> TrackerBuilder {
    fast_tracker_builder(server)
        .flush_interval(TEST_TIMEOUT)
        .flush_at(2_500)
        .max_in_flight(1)
}

fn emit(tracker: &Tracker, events: u64) {
    for number in 0..events {
        tracker.track(&test_user(), numbered_event(number));
    }
}

fn numbers(log: &RequestLog) -> Vec<u64> {
    let number = |event: &&serde_json::Value| event["properties"]["number"].as_u64();
    log.events().iter().filter_map(number).collect()
}

/// Sends events in one batch, some of which are refused. Returns the server's log.
fn deliver(events: u64, poison: &[u64]) -> RequestLog {
    let server = FaultServer::start(refuses(poison));
    let tracker = one_batch(&server).build().unwrap();
    emit(&tracker, events);
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    let log = server.log();
    assert_eq!(log.requests[0].events().len() as u64, events);
    assert_ledger_matches(report.ledger, &log);
    assert_eq!(report.ledger.retries, 0);
    assert_eq!(log.duplicate_accepts(), 0);
    assert!(log.requests.len() <= 65, "{}", log.requests.len());
    let rejected: u64 = tracker.rejected_by_status().iter().map(|(_, n)| n).sum();
    assert_eq!(rejected, events - log.accepted_count());
    log
}

#[test]
fn one_invalid_event_does_not_affect_the_others_of_its_batch() {
    for (events, poison) in [
        (100, vec![57]),
        (100, vec![0]),
        (1_800, vec![1_234]),
        (1_800, vec![3, 1_700]),
        (1_800, vec![10, 900, 1_500]),
    ] {
        let log = deliver(events, &poison);
        let mut arrived = numbers(&log);
        arrived.sort_unstable();
        let valid: Vec<_> = (0..events).filter(|n| !poison.contains(n)).collect();
        assert_eq!(arrived, valid);
    }
}

#[test]
fn requests_are_limited_if_many_events_are_invalid() {
    let poison: Vec<_> = (0..1_800).step_by(20).collect();
    deliver(1_800, &poison);
}

#[test]
fn a_request_that_is_always_refused_is_bisected_only_briefly() {
    let server = FaultServer::start(FaultPlan::always(Behavior::status(400)));
    let tracker = one_batch(&server).build().unwrap();
    emit(&tracker, 1_800);
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.dropped.rejected, 1_800);
    assert_eq!(tracker.rejected_by_status(), [(Some(400), 1_800)]);
    let log = server.log();
    assert!(log.requests.len() <= 13, "{}", log.requests.len());
}

#[test]
fn an_outage_during_a_bisection_loses_nothing() {
    let server = FaultServer::start(FaultPlan::first_then_ok([
        Behavior::status(400),
        Behavior::status(400),
        Behavior::status(503),
        Behavior::CloseUnanswered,
        Behavior::status(429),
    ]));
    let tracker = one_batch(&server).build().unwrap();
    emit(&tracker, 100);
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    assert_eq!(report.ledger.retries, 3);
    let log = server.log();
    assert_ledger_matches(report.ledger, &log);
    // A retry repeats the same part.
    let ids = |index: usize| log.requests[index].envelope_ids().collect::<Vec<_>>();
    assert!(ids(2) == ids(3) && ids(3) == ids(4) && ids(4) == ids(5));
}

#[test]
fn a_shutdown_during_a_bisection_keeps_the_remaining_events_in_the_spool() {
    let directory = tempdir().unwrap();
    let server = FaultServer::start(FaultPlan::first_then_ok([
        // The first half is accepted. The first part of the second half gets no response.
        Behavior::status(400),
        Behavior::ok(),
        Behavior::Hang,
    ]));
    let tracker = one_batch(&server).spool(directory.path()).build().unwrap();
    emit(&tracker, 100);
    // The flush starts the delivery, because the flush interval is long.
    assert!(!tracker.flush_blocking(Duration::ZERO).complete);
    server.wait_for_requests(3);
    let report = tracker.shutdown_blocking(Duration::ZERO);
    assert_eq!((report.ledger.delivered, report.ledger.pending), (50, 50));
    drop(tracker);
    server.set_plan(FaultPlan::always(Behavior::ok()));
    let next = one_batch(&server).spool(directory.path()).build().unwrap();
    let report = next.shutdown_blocking(TEST_TIMEOUT);
    assert_eq!((report.ledger.recovered, report.ledger.delivered), (50, 50));
    let log = server.log();
    assert_eq!((log.accepted_count(), log.duplicate_accepts()), (100, 0));
}

#[test]
fn only_invalid_events_become_dead_letters_and_a_replay_delivers_the_others() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("dead-letters.jsonl");
    // At first, the endpoint refuses every request, as with a wrong configuration.
    let server = FaultServer::start(FaultPlan::always(Behavior::status(400)));
    let tracker = one_batch(&server).dead_letters(&file).build().unwrap();
    emit(&tracker, 100);
    assert!(tracker.flush_blocking(TEST_TIMEOUT).complete);
    assert_eq!(read_dead_letters(directory.path()).len(), 100);
    server.set_plan(refuses(&[42]));
    let replay = tracker.replay_dead_letters(&file, TEST_TIMEOUT).unwrap();
    assert!(replay.complete, "{replay}");
    let letters = read_dead_letters(directory.path());
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0]["properties"]["number"], 42);
    let log = server.log();
    assert_eq!(log.accepted_count(), 99);
    assert_ledger_matches(tracker.ledger(), &log);
}
