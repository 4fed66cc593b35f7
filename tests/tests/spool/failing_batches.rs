//! A batch in the spool fails with a 500, and all others are accepted.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use copilot_track::{Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, RecordedRequest, RequestLog, Response, TEST_TIMEOUT,
    assert_ledger_matches, fast_tracker_builder, flush_until_complete, numbered_event, test_user,
};
use tempfile::tempdir;

fn fails_for(number: u64) -> FaultServer {
    FaultServer::start(FaultPlan::always(Behavior::Poison {
        numbers: [number].into(),
        response: Response::new(500),
    }))
}

fn builder(server: &FaultServer, directory: &Path) -> TrackerBuilder {
    fast_tracker_builder(server).flush_at(100).spool(directory)
}

fn emit(tracker: &Tracker, events: std::ops::Range<u64>) {
    for number in events {
        tracker.track(&test_user(), numbered_event(number));
    }
}

/// Leaves events in the spool.
fn leave(directory: &Path, events: std::ops::Range<u64>) {
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let tracker = builder(&server, directory).build().unwrap();
    emit(&tracker, events);
    let _ = tracker.shutdown_blocking(Duration::ZERO);
}

#[test]
fn a_recovered_batch_that_fails_alone_does_not_delay_new_events() {
    let directory = tempdir().unwrap();
    leave(directory.path(), 0..60);
    let server = fails_for(7);
    let tracker = builder(&server, directory.path()).build().unwrap();
    emit(&tracker, 60..2_200);
    let poisoned = |log: &RequestLog| {
        let request = log.requests.iter().find(|request| !request.was_accepted());
        request.map_or(0, |request| request.events().len() as u64)
    };
    server.wait_until("all other events", |log| {
        poisoned(log) > 0 && log.accepted_count() == 2_200 - poisoned(log)
    });
    // The batch stays in the spool, and the others are removed from it.
    let report = tracker.shutdown_blocking(Duration::ZERO);
    let log = server.log();
    assert_ledger_matches(report.ledger, &log);
    assert_eq!(report.ledger.pending, poisoned(&log), "{report}");
    drop(tracker);
    let healthy = FaultServer::healthy();
    let next = builder(&healthy, directory.path()).build().unwrap();
    let report = next.shutdown_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.recovered, poisoned(&log));
    assert!(report.is_all_delivered(), "{report}");
}

/// Starts a process, and another one each time the previous one has sent a request, until no event
/// is left. The first process sends the events as one batch. Asserts that only the event that makes
/// the batch fail expires.
fn restart_until_the_retries_run_out(
    server: &FaultServer,
    tracker: impl Fn() -> TrackerBuilder,
    requests_of_the_first: usize,
) {
    let started_at = Instant::now();
    let first = tracker()
        .flush_interval(TEST_TIMEOUT)
        .flush_at(10)
        .build()
        .unwrap();
    emit(&first, 0..10);
    server.wait_for_requests(requests_of_the_first);
    let mut report = first.shutdown_blocking(Duration::from_millis(50));
    drop(first);
    let mut expired = report.ledger.dropped.expired;
    while report.ledger.pending > 0 {
        assert!(started_at.elapsed() < TEST_TIMEOUT, "{report}");
        let requests = server.log().requests.len();
        let next = tracker().build().unwrap();
        server.wait_for_requests(requests + 1);
        report = next.shutdown_blocking(Duration::from_millis(50));
        expired += report.ledger.dropped.expired;
    }
    // The other events of the batch are delivered, although no process has set the batch aside.
    assert_eq!(expired, 1, "{report}");
    let number = |event: &serde_json::Value| event["properties"]["number"].as_u64();
    let log = server.log();
    let accepted: BTreeSet<_> = log.events().into_iter().filter_map(number).collect();
    assert_eq!(accepted, (0..10).filter(|number| *number != 7).collect());
}

#[test]
fn a_restart_does_not_reset_the_number_of_retries() {
    let directory = tempdir().unwrap();
    let server = fails_for(7);
    // Each process makes one or two attempts.
    restart_until_the_retries_run_out(
        &server,
        || builder(&server, directory.path()).max_retries(6),
        1,
    );
    let log = server.log();
    let whole = |request: &&RecordedRequest| request.events().len() == 10;
    let attempts = log.requests.iter().filter(whole).count();
    // An attempt that a shutdown causes or interrupts does not count.
    assert!((7..=40).contains(&attempts), "{attempts}");
}

#[test]
fn a_restart_does_not_reset_the_retry_budget() {
    let directory = tempdir().unwrap();
    let server = fails_for(7);
    // Much longer than a process runs, also on a slow machine.
    let budget = Duration::from_secs(8);
    restart_until_the_retries_run_out(
        &server,
        || {
            builder(&server, directory.path())
                .retry_budget(budget)
                .max_retries(1_000)
        },
        2,
    );
}

#[test]
fn batches_that_need_too_much_memory_wait_only_on_disk() {
    const EVENTS: u64 = 800;
    let directory = tempdir().unwrap();
    // Each batch has about 23 of the events, and every other batch fails. Even without four of
    // them, the batches that fail have more than 4 MiB.
    let failing: BTreeSet<u64> = (0..EVENTS).step_by(46).collect();
    let server = FaultServer::start(FaultPlan::always(Behavior::Poison {
        numbers: failing,
        response: Response::new(500),
    }));
    let tracker = fast_tracker_builder(&server)
        .flush_interval(Duration::from_millis(500))
        .max_in_flight(4)
        .spool(directory.path())
        .build()
        .unwrap();
    let text = "x".repeat(20_000);
    for number in 0..EVENTS {
        let event = numbered_event(number).property("text", text.clone());
        tracker.track(&test_user(), event);
    }
    let failed = |log: &RequestLog| {
        let failed = log
            .requests
            .iter()
            .filter(|request| !request.was_accepted());
        failed
            .flat_map(RecordedRequest::envelope_ids)
            .collect::<BTreeSet<_>>()
            .len() as u64
    };
    server.wait_until("all other events", |log| {
        log.accepted_count() + failed(log) == EVENTS
    });
    let log = server.log();
    assert!(failed(&log) * 20_000 > 6 * 1024 * 1024, "{}", failed(&log));
    server.set_plan(FaultPlan::always(Behavior::ok()));
    let report = flush_until_complete(&tracker);
    assert!(report.is_all_delivered(), "{report}");
    let log = server.log();
    assert_ledger_matches(report.ledger, &log);
    assert_eq!(log.duplicate_accepts(), 0);
}
