//! A log subscriber that panics costs no event and ends no thread.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic on failure"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use copilot_track::{Tracker, tracked_tool};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, TEST_TIMEOUT, assert_ledger_matches, fast_tracker_builder,
    flush_until_complete, numbered_event, test_user,
};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static RECORDS: AtomicU64 = AtomicU64::new(0);
/// For how many records of other libraries the subscriber panics.
static FOREIGN: AtomicU64 = AtomicU64::new(0);

const PANIC: &str = "a subscriber that panics";

struct Panics;

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("copilot_track")
}

impl Subscriber for Panics {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let is_foreign = || {
            // A second panic during unwinding would abort the process.
            !std::thread::panicking()
                && FOREIGN
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                        left.checked_sub(1)
                    })
                    .is_ok()
        };
        if is_ours(event.metadata()) || is_foreign() {
            RECORDS.fetch_add(1, Ordering::Relaxed);
            panic!("{PANIC}");
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tracked_tool(type = "Test", action = "log")]
fn outside() {}

fn track(tracker: &Tracker, events: u64) {
    for number in 0..events {
        tracker.track(&test_user(), numbered_event(number));
    }
}

// This is a single test, because the subscriber belongs to the whole process.
#[test]
fn a_subscriber_that_panics_costs_no_event() {
    tracing::subscriber::set_global_default(Panics).unwrap();
    let default_hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload_as_str() != Some(PANIC) {
            default_hook(panic);
        }
    }));
    // A warning on the caller's thread.
    outside();
    let records = || RECORDS.load(Ordering::Relaxed);
    assert_eq!(records(), 1);

    // Records of an outage, of rejected events, of dead letters, and of a spool, on the delivery
    // thread.
    let directory = tempfile::tempdir().unwrap();
    for spool in [false, true] {
        let before = records();
        let faults = [503, 400].map(Behavior::status);
        let server = FaultServer::start(FaultPlan::first_then_ok(faults));
        let builder = fast_tracker_builder(&server);
        let builder = if spool {
            builder.spool(directory.path())
        } else {
            // The file of dead letters cannot be written, because it is a directory.
            builder.dead_letters(directory.path())
        };
        let tracker = builder.build().unwrap();
        track(&tracker, 1);
        let report = flush_until_complete(&tracker);
        assert_eq!(report.ledger.dropped.rejected, 1, "{report}");
        track(&tracker, 10);
        let report = tracker.shutdown_blocking(TEST_TIMEOUT);
        assert_eq!(report.ledger.delivered, 10, "{report}");
        assert_ledger_matches(report.ledger, &server.log());
        // A record on the caller's thread.
        track(&tracker, 1);
        assert_eq!(tracker.ledger().dropped.shutdown, 1);
        drop(tracker);
        assert!(records() > before + 3, "{} records", records());
    }

    // Records of a full queue, on the caller's thread.
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server)
        .max_queue_events(3)
        .build()
        .unwrap();
    track(&tracker, 10_000);
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.complete, "{report}");
    assert!(report.ledger.dropped.queue_full > 0, "{report}");
    assert_ledger_matches(report.ledger, &server.log());

    // Records of the HTTP client, on the delivery thread. The batch is sent again.
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    FOREIGN.store(20, Ordering::Relaxed);
    track(&tracker, 10);
    let report = flush_until_complete(&tracker);
    assert!(FOREIGN.load(Ordering::Relaxed) < 20, "nothing was logged");
    FOREIGN.store(0, Ordering::Relaxed);
    assert!(report.is_all_delivered(), "{report}");
}
