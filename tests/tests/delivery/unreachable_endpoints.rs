//! Endpoints that cannot be reached, because TLS fails or the host name cannot be resolved.

use std::time::{Duration, Instant};

use copilot_track::{Tracker, TrackerBuilder};
use copilot_track_tests::{
    FaultServer, TEST_TIMEOUT, TlsFault, TlsServer, UNRESOLVABLE_URL, fast_tracker_builder,
    numbered_event, test_user, tracker_builder,
};
use tempfile::tempdir;

fn emit(tracker: &Tracker) {
    for number in 0..10 {
        tracker.track(&test_user(), numbered_event(number));
    }
}

/// Asserts that no event is lost without being counted. Without a spool, the events are dropped at
/// shutdown. With a spool, they stay on disk, and a tracker with a working endpoint sends them.
fn assert_nothing_lost(endpoint: &str, is_tried: impl Fn() -> bool) {
    let builder_with_endpoint =
        || tracker_builder(endpoint).flush_interval(Duration::from_millis(5));
    let run = |builder: TrackerBuilder| {
        let tracker = builder.build().unwrap();
        emit(&tracker);
        let start = Instant::now();
        loop {
            let flushed = tracker.flush_blocking(Duration::from_millis(300));
            assert!(!flushed.complete);
            assert_eq!(flushed.ledger.pending, 10, "{flushed}");
            if is_tried() {
                break;
            }
            assert!(
                start.elapsed() < TEST_TIMEOUT,
                "the endpoint was never tried"
            );
        }
        tracker.shutdown_blocking(Duration::ZERO).ledger
    };
    assert_eq!(run(builder_with_endpoint()).dropped.shutdown, 10);

    let directory = tempdir().unwrap();
    let ledger = run(builder_with_endpoint().spool(directory.path()));
    assert_eq!((ledger.pending, ledger.dropped.total()), (10, 0));
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server)
        .spool(directory.path())
        .build()
        .unwrap();
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    assert_eq!(server.log().accepted_count(), 10);
}

#[test]
fn an_untrusted_certificate_loses_nothing() {
    let server = TlsServer::start(TlsFault::SelfSigned);
    assert_nothing_lost(&server.url(), || server.connections() > 0);
}

#[test]
fn an_invalid_tls_handshake_loses_nothing() {
    let server = TlsServer::start(TlsFault::Garbage);
    assert_nothing_lost(&server.url(), || server.connections() > 0);
}

#[test]
fn an_unresolvable_name_loses_nothing() {
    assert_nothing_lost(UNRESOLVABLE_URL, || true);
}
