//! The log says why deliveries fail: once for each cause, with the sources of the error.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic on failure"
)]

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use copilot_track::{Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, Response, TEST_TIMEOUT, TlsFault, TlsServer,
    UNRESOLVABLE_URL, capture_logs, captured_logs, flush_until_complete, numbered_event, test_user,
    tracker_builder,
};

const KEY: &str = "kEy7thatN0bodyMaySee";

/// The part of the log that one test reads. Tests that share a log run one after another.
struct Log {
    start: usize,
    _others: MutexGuard<'static, ()>,
}

impl Log {
    fn start() -> Self {
        static RUNNING: Mutex<()> = Mutex::new(());
        let others = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        capture_logs();
        Self {
            start: captured_logs().len(),
            _others: others,
        }
    }

    /// Returns the lines at this level that contain this string.
    fn lines(&self, level: &str, text: &str) -> Vec<String> {
        let lines = captured_logs().split_off(self.start);
        let level = format!("{level} copilot_track");
        let matches = |line: &String| line.starts_with(&level) && line.contains(text);
        lines.into_iter().filter(matches).collect()
    }

    fn warnings(&self) -> Vec<String> {
        self.lines("WARN", "cannot be delivered")
    }
}

fn tracker(url: &str) -> TrackerBuilder {
    tracker_builder(url)
        .write_key(KEY)
        .flush_interval(Duration::from_millis(5))
}

/// Waits until the tracker has made this many retries in total. A flush ends a backoff.
fn wait_for_retries(tracker: &Tracker, retries: u64) {
    let start = Instant::now();
    while tracker.ledger().retries < retries {
        let _ = tracker.flush_blocking(Duration::from_millis(20));
        assert!(start.elapsed() < TEST_TIMEOUT, "{}", tracker.ledger());
    }
}

/// Asserts that three failed attempts log one warning that contains these strings.
#[track_caller]
fn assert_reported_once(builder: TrackerBuilder, expected: &[&str]) {
    let log = Log::start();
    let tracker = builder.build().unwrap();
    tracker.track(&test_user(), numbered_event(0));
    wait_for_retries(&tracker, 3);
    let _ = tracker.shutdown_blocking(Duration::ZERO);
    let warnings = log.warnings();
    let [warning] = &warnings[..] else {
        panic!("{warnings:#?}");
    };
    for text in expected {
        assert!(warning.contains(text), "{text}: {warning}");
    }
    assert!(!warning.contains(KEY), "{warning}");
}

#[test]
fn a_refused_connection() {
    let port = FaultServer::reserve();
    assert_reported_once(
        tracker(&port.url()),
        &[
            "cause=the connection to the endpoint was refused",
            &port.url(),
            "tcp connect error",
            "(os error",
        ],
    );
}

#[test]
fn an_unknown_host_name() {
    assert_reported_once(
        tracker(UNRESOLVABLE_URL),
        &["host name cannot be resolved", "dns error: "],
    );
}

#[test]
fn a_timeout() {
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    assert_reported_once(
        tracker(&server.url()).request_timeout(Duration::from_millis(30)),
        &["did not respond in time", "operation timed out"],
    );
}

#[test]
fn a_broken_connection() {
    let server = FaultServer::start(FaultPlan::always(Behavior::CloseUnanswered));
    assert_reported_once(
        tracker(&server.url()),
        &["connection to the endpoint broke"],
    );
}

#[test]
fn an_untrusted_certificate() {
    let server = TlsServer::start(TlsFault::SelfSigned);
    assert_reported_once(
        tracker(&server.url()),
        &["certificate is not trusted", "invalid peer certificate: "],
    );
}

#[test]
fn an_invalid_tls_handshake() {
    let server = TlsServer::start(TlsFault::Garbage);
    assert_reported_once(
        tracker(&server.url()),
        &["TLS handshake with the endpoint failed", "corrupt message"],
    );
}

#[test]
fn each_status_of_an_outage_is_reported_once() {
    let log = Log::start();
    let server = FaultServer::healthy();
    let tracker = tracker(&server.url()).build().unwrap();
    for outage in 1..=2 {
        for (number, status) in [(1, 503), (2, 429), (3, 503)] {
            server.set_plan(FaultPlan::always(Behavior::status(status)));
            tracker.track(&test_user(), numbered_event(number));
            let retries = tracker.ledger().retries;
            wait_for_retries(&tracker, retries + 3);
        }
        server.set_plan(FaultPlan::always(Behavior::ok()));
        assert!(flush_until_complete(&tracker).is_all_delivered());
        let warnings = log.warnings();
        for status in ["503", "429"] {
            let about = |line: &&String| line.contains(&format!("with status {status}"));
            assert_eq!(
                warnings.iter().filter(about).count(),
                outage,
                "{warnings:#?}"
            );
        }
        assert_eq!(log.lines("INFO", "delivered again").len(), outage);
    }
}

#[test]
fn each_status_of_a_rejection_is_reported_once() {
    let log = Log::start();
    let server = FaultServer::healthy();
    let tracker = tracker(&server.url()).build().unwrap();
    for status in [401, 400, 401, 400] {
        server.set_plan(FaultPlan::always(Behavior::status(status)));
        tracker.track(&test_user(), numbered_event(0));
        let _ = flush_until_complete(&tracker);
    }
    let warnings = log.lines("WARN", "were dropped");
    assert_eq!(warnings.len(), 2, "{warnings:#?}");
    assert!(warnings[0].contains("401: check the write key and the region"));
    assert!(warnings[1].contains("with status 400"));
}

#[test]
fn expired_events_name_the_cause() {
    let log = Log::start();
    let url = FaultServer::reserve().url();
    let tracker = tracker(&url).max_retries(0).build().unwrap();
    tracker.track(&test_user(), numbered_event(0));
    let _ = flush_until_complete(&tracker);
    let warnings = log.lines("WARN", "were dropped");
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].contains("was refused"), "{warnings:#?}");
}

#[test]
fn the_beginning_of_a_response_is_logged_at_debug_level() {
    let log = Log::start();
    let body = format!("{KEY}: bad event of ann@example.com {}", "x".repeat(1_000));
    for status in [400, 403, 500] {
        let response = Response::new(status).body(&body);
        let server = FaultServer::start(FaultPlan::first_then_ok([Behavior::Respond(response)]));
        let tracker = tracker(&server.url()).build().unwrap();
        tracker.track(&test_user(), numbered_event(0));
        let _ = flush_until_complete(&tracker);
        let lines = log.lines("DEBUG", &format!("status={status}"));
        let [line] = &lines[..] else {
            panic!("{lines:#?}");
        };
        assert!(line.contains("[…]: bad event of [email] xxx"), "{line}");
        let shown = line.matches('x').count();
        assert!((100..200).contains(&shown), "{line}");
    }
    for line in captured_logs() {
        assert!(!line.contains(KEY), "{line}");
    }
}

#[test]
fn batches_that_are_set_aside_are_logged_once() {
    const MESSAGE: &str = "fails while others are delivered";
    let log = Log::start();
    let server = FaultServer::start(FaultPlan::always(Behavior::Poison {
        numbers: [0, 1].into(),
        response: Response::new(500),
    }));
    let tracker = tracker(&server.url())
        .flush_at(1)
        .max_in_flight(2)
        .build()
        .unwrap();
    for number in 0..10 {
        tracker.track(&test_user(), numbered_event(number));
    }
    let start = Instant::now();
    while log.lines("DEBUG", MESSAGE).is_empty() {
        assert!(start.elapsed() < TEST_TIMEOUT);
        let _ = tracker.flush_blocking(Duration::from_millis(20));
    }
    // The second batch is logged at debug level.
    assert_eq!(log.lines("DEBUG", MESSAGE).len(), 1);
    assert_eq!(log.lines("WARN", MESSAGE).len(), 1);
    server.wait_until("the other events", |log| log.accepted_count() == 8);
    // Retries of these batches are not logged as an outage.
    let failures = log.warnings().len();
    let retries = tracker.ledger().retries;
    wait_for_retries(&tracker, retries + 5);
    assert_eq!(log.warnings().len(), failures);
}

#[test]
fn a_shutdown_after_all_events_have_arrived_logs_no_drop() {
    let log = Log::start();
    let server = FaultServer::start(FaultPlan::always(Behavior::ok()));
    let builder = tracker(&server.url());
    let tracker = builder.build().unwrap();
    tracker.track(&test_user(), numbered_event(0));
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    drop(tracker);
    for level in ["WARN", "DEBUG"] {
        let drops = log.lines(level, "events were dropped");
        assert!(drops.is_empty(), "{drops:#?}");
    }
}
