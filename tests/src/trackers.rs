//! Trackers, users, and events for tests, and assertions that hold for every tracker.

use std::time::{Duration, Instant};

use copilot_track::{ConfigError, CustomEvent, Ledger, Report, Tracker, TrackerBuilder, User};

use crate::fault_server::{FaultServer, RequestLog};
use crate::timeout::TEST_TIMEOUT;

/// A URL whose host name cannot be resolved. Its first label has 64 characters, one more than
/// allowed, so resolvers do not query the network. The URL does not use
/// HTTPS, because rustls does not accept such a label.
pub const UNRESOLVABLE_URL: &str =
    "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid";

/// Returns a builder for a tracker that sends to this URL.
pub fn tracker_builder(url: &str) -> TrackerBuilder {
    Tracker::builder()
        .write_key("test-key")
        .endpoint(url)
        // `UNRESOLVABLE_URL` needs this setting.
        .allow_plain_http(true)
}

/// Returns a builder for a tracker that sends to this server with a flush interval of 5 ms.
pub fn fast_tracker_builder(server: &FaultServer) -> TrackerBuilder {
    tracker_builder(&server.url()).flush_interval(Duration::from_millis(5))
}

/// Calls `build`, which builds a tracker with a spool, until the directory is no longer in use. A
/// tracker that was shut down with a short timeout may still be writing to the directory.
#[track_caller]
pub fn build_when_free<T>(build: impl Fn() -> Result<T, ConfigError>) -> T {
    let begun = Instant::now();
    loop {
        match build() {
            Err(ConfigError::SpoolInUse { .. }) if begun.elapsed() < TEST_TIMEOUT => {
                std::thread::yield_now();
            }
            result => return result.expect("a tracker"),
        }
    }
}

/// Returns a user.
#[must_use]
pub fn test_user() -> User {
    User::known("123").expect("an id")
}

/// Returns an event that is identified by its number.
#[must_use]
pub fn numbered_event(number: u64) -> CustomEvent {
    CustomEvent::new("Note Taken")
        .expect("a name")
        .property("number", number)
}

/// Asserts that the ledger balances, that it counts as many delivered events as the server
/// accepted, and that retried events are unchanged.
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

/// Flushes until the outcome of every event is known. A flush ends a backoff early, so the test
/// does not wait until the backoff is over.
#[track_caller]
pub fn flush_until_complete(tracker: &Tracker) -> Report {
    let begun = Instant::now();
    loop {
        let report = tracker.flush_blocking(Duration::from_millis(20));
        if report.complete {
            return report;
        }
        assert!(begun.elapsed() < TEST_TIMEOUT, "still incomplete: {report}");
    }
}
