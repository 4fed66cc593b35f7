//! Overflow is logged twice: when events start being dropped, and when no more events are dropped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic on failure"
)]

use std::time::Duration;

use copilot_track::{Overflow, Spool, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, TEST_TIMEOUT, capture_logs, captured_logs,
    fast_tracker_builder, numbered_event, test_user,
};
use tempfile::tempdir;

/// Causes two overflows, each of which ends when the server recovers. Returns the warnings.
fn logged_warnings(configure: impl Fn(TrackerBuilder) -> TrackerBuilder) -> Vec<String> {
    let before = captured_logs().len();
    let server = FaultServer::start(FaultPlan::always(Behavior::status(503)));
    let builder = configure(fast_tracker_builder(&server))
        .flush_at(1)
        .max_in_flight(1);
    let tracker = builder.build().unwrap();
    for _ in 0..2 {
        server.set_plan(FaultPlan::always(Behavior::status(503)));
        for number in 0..500 {
            tracker.track(&test_user(), numbered_event(number));
        }
        // Wait until the first events are on disk or dropped.
        let _ = tracker.sync_blocking(Duration::from_millis(300));
        for number in 0..500 {
            tracker.track(&test_user(), numbered_event(number));
        }
        server.set_plan(FaultPlan::always(Behavior::ok()));
        assert!(tracker.flush_blocking(TEST_TIMEOUT).complete);
    }
    assert!(tracker.ledger().dropped.total() > 100);
    let _ = tracker.shutdown_blocking(TEST_TIMEOUT);
    captured_logs()
        .split_off(before)
        .into_iter()
        .filter(|line| line.contains("copilot events are dropped"))
        .collect()
}

#[track_caller]
fn assert_logged_in_pairs(lines: &[String], reason: &str) {
    assert_eq!(lines.len(), 4, "{lines:#?}");
    for pair in lines.chunks(2) {
        for line in pair {
            assert!(line.starts_with("WARN"), "{line}");
            assert!(line.contains(&format!("reason=\"{reason}\"")), "{line}");
        }
        assert!(pair[0].contains("is full"), "{pair:?}");
        assert!(pair[1].contains("has room again"), "{pair:?}");
        assert!(pair[1].contains(" dropped="), "{pair:?}");
    }
}

// This is a single test, because the captured logs belong to the whole process.
#[test]
fn overflow_is_logged_when_it_starts_and_when_it_ends() {
    capture_logs();
    for overflow in [
        Overflow::DropNewest,
        Overflow::DropOldest,
        Overflow::Block(Duration::ZERO),
    ] {
        let lines = logged_warnings(|builder| builder.overflow(overflow).max_queue_events(20));
        assert_logged_in_pairs(&lines, "queue_full");
    }
    for overflow in [Overflow::DropNewest, Overflow::SpillToDisk] {
        let directory = tempdir().unwrap();
        let lines = logged_warnings(|builder| {
            let spool = Spool::new(directory.path()).max_bytes(10_000);
            builder.spool(spool).overflow(overflow)
        });
        assert_logged_in_pairs(&lines, "spool_full");
    }
    // Each tracker logs its whole ledger when it ends, with one field per count.
    let ends: Vec<_> = captured_logs()
        .into_iter()
        .filter(|line| line.contains("the tracker has ended"))
        .collect();
    assert_eq!(ends.len(), 5);
    for field in [
        "emitted",
        "delivered",
        "pending",
        "dropped",
        "dropped.queue_full",
        "dropped.rejected",
        "dropped.spool_full",
        "retries",
    ] {
        let named = format!(" {field}=");
        assert!(ends.iter().all(|line| line.contains(&named)), "{ends:#?}");
    }
}
