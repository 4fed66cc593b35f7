//! A subscriber that tracks an event for every log record, at every level, causes neither recursion
//! nor endless deliveries.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic on failure"
)]

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};
use std::thread::{self, ThreadId};
use std::time::Duration;

use copilot_track::segment::message::Track;
use copilot_track::{
    Conversation, Overflow, Properties, TrackEvent, Tracker, TrackerBuilder, tracked_tool,
};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, TEST_TIMEOUT, assert_ledger_matches, fast_tracker_builder,
    flush_until_complete, numbered_event, test_user,
};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// The conversation that log records are sent to.
static CONVERSATION: RwLock<Option<Conversation>> = RwLock::new(None);
static TEST_THREAD: OnceLock<ThreadId> = OnceLock::new();
static RECORDS: AtomicU64 = AtomicU64::new(0);

/// Tracks events for a log record, unless the record comes from the test server's threads.
fn track_record() {
    let is_test = TEST_THREAD.get() == Some(&thread::current().id());
    if !is_test && thread::current().name() != Some("copilot-track") {
        return;
    }
    let conversation = CONVERSATION.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(conversation) = conversation.clone() {
        RECORDS.fetch_add(1, Ordering::Relaxed);
        conversation.track(numbered_event(0));
        conversation.message_sent("a log record");
        conversation.track(PanicsInName);
        conversation.tracker().send(Track::default());
        outside();
        let _ = conversation.tracker().flush_blocking(Duration::ZERO);
    }
}

#[tracked_tool(type = "Test", action = "log")]
fn outside() {}

/// An event that is refused on the caller's thread.
struct PanicsInName;

impl TrackEvent for PanicsInName {
    fn name(&self) -> Cow<'static, str> {
        panic!("an event without a name")
    }

    fn write_properties(&self, _: &mut Properties<'_>) {}
}

struct TracksRecords;

impl Subscriber for TracksRecords {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        track_record();
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        track_record();
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl log::Log for TracksRecords {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &log::Record<'_>) {
        track_record();
    }

    fn flush(&self) {}
}

/// Builds a tracker, and sends log records to one of its conversations during `run`.
fn with_records(
    server: &FaultServer,
    configure: impl FnOnce(TrackerBuilder) -> TrackerBuilder,
    run: impl FnOnce(&Tracker),
) {
    let tracker = configure(fast_tracker_builder(server)).build().unwrap();
    let conversation = tracker.conversation(test_user());
    *CONVERSATION.write().unwrap() = Some(conversation);
    RECORDS.store(0, Ordering::Relaxed);
    run(&tracker);
    *CONVERSATION.write().unwrap() = None;
    assert!(RECORDS.load(Ordering::Relaxed) > 0, "nothing was logged");
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.complete, "{report}");
    assert!(report.ledger.dropped.reentrant > 0, "{report}");
    assert_ledger_matches(report.ledger, &server.log());
    for event in server.log().events() {
        assert_ne!(event["properties"]["message_body"], "a log record");
    }
}

fn track(tracker: &Tracker, events: u64) {
    for number in 0..events {
        tracker.track(&test_user(), numbered_event(number));
    }
}

// This is a single test, because the subscriber belongs to the whole process.
#[test]
fn a_subscriber_that_tracks_records_causes_neither_recursion_nor_endless_deliveries() {
    TEST_THREAD.set(thread::current().id()).unwrap();
    tracing::subscriber::set_global_default(TracksRecords).unwrap();
    log::set_boxed_logger(Box::new(TracksRecords)).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    std::panic::set_hook(Box::new(|_| {}));

    // Records from the HTTP client, on the delivery thread.
    let server = FaultServer::healthy();
    with_records(
        &server,
        |builder| builder,
        |tracker| {
            track(tracker, 10);
            let report = tracker.flush_blocking(TEST_TIMEOUT);
            assert_eq!(report.ledger.delivered, 10, "{report}");
        },
    );

    // Records of an outage and of rejected events, on the delivery thread.
    let faults = [503, 400].map(Behavior::status);
    let server = FaultServer::start(FaultPlan::first_then_ok(faults));
    with_records(
        &server,
        |builder| builder,
        |tracker| {
            track(tracker, 10);
            let _ = flush_until_complete(tracker);
        },
    );

    // Records of dropped events, on the caller's thread.
    for overflow in [Overflow::DropNewest, Overflow::DropOldest] {
        let server = FaultServer::healthy();
        let configure = |builder: TrackerBuilder| builder.max_queue_events(3).overflow(overflow);
        with_records(&server, configure, |tracker| {
            track(tracker, 10_000);
            assert!(tracker.flush_blocking(TEST_TIMEOUT).complete);
        });
    }

    // Records of events that are refused, or that are tracked after the shutdown.
    let server = FaultServer::healthy();
    with_records(
        &server,
        |builder| builder,
        |tracker| {
            let conversation = tracker.conversation(test_user());
            for _ in 0..3 {
                conversation.track(PanicsInName);
            }
            assert!(tracker.shutdown_blocking(TEST_TIMEOUT).complete);
            track(tracker, 3);
            conversation.message_sent("too late");
            assert_eq!(tracker.ledger().dropped.shutdown, 5);
        },
    );
}
