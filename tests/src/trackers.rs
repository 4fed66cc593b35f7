//! Trackers for tests, and what holds for all of them.

use std::time::{Duration, Instant};

use copilot_track::{CustomEvent, Ledger, Report, Tracker, TrackerBuilder, User};

use crate::fault_server::{FaultServer, RequestLog};
use crate::timeout::TEST_TIMEOUT;

/// A name that no resolver finds, or even asks the network for: a label has at most 63 characters.
pub const UNRESOLVABLE_URL: &str =
    "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.localhost";

/// A tracker to be configured further that sends to this URL.
pub fn tracker_builder(url: &str) -> TrackerBuilder {
    Tracker::builder().write_key("test-key").endpoint(url)
}

/// A tracker for this server that does not let a test wait for its batches.
pub fn fast_tracker_builder(server: &FaultServer) -> TrackerBuilder {
    tracker_builder(&server.url()).flush_interval(Duration::from_millis(5))
}

/// Some user.
#[must_use]
pub fn test_user() -> User {
    User::known("123").expect("an id")
}

/// Some event, told apart by its number.
#[must_use]
pub fn numbered_event(number: u64) -> CustomEvent {
    CustomEvent::new("Note Taken")
        .expect("a name")
        .property("number", number)
}

/// Asserts that what the ledger calls delivered is what the server accepted, event by event,
/// and that nothing was lost without being counted.
#[track_caller]
pub fn assert_ledger_matches(ledger: Ledger, log: &RequestLog) {
    assert!(ledger.is_balanced(), "{ledger}");
    assert_eq!(
        ledger.delivered,
        log.accepted_count(),
        "delivered: {ledger}"
    );
    log.assert_resent_unchanged();
}

/// Flushes until every event's fate is known, without patience for back-offs: each flush ends
/// those that it meets.
#[track_caller]
pub fn flush_until_complete(tracker: &Tracker) -> Report {
    let begun = Instant::now();
    loop {
        let report = tracker.flush_blocking(Duration::from_millis(20));
        if report.complete {
            return report;
        }
        assert!(begun.elapsed() < TEST_TIMEOUT, "no end: {report}");
    }
}
