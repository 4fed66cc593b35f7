//! Connections that fail.

use std::time::{Duration, Instant};

use copilot_track::{Builder, Tracker};
use copilot_track_tests::{
    Answer, Behaviour, FaultServer, Log, PATIENCE, Script, assert_agreement, hurry, note, quick,
    tracker, user,
};

const EVENTS: u64 = 10;

fn emit(tracker: &Tracker) {
    for number in 0..EVENTS {
        tracker.track(&user(), note(number));
    }
}

/// The first request meets the fault, and nothing is lost by it.
fn survives(fault: &Behaviour) -> Log {
    survives_as(fault, |builder| builder)
}

fn survives_as(fault: &Behaviour, configure: impl FnOnce(Builder) -> Builder) -> Log {
    let server = FaultServer::start(Script::first([fault.clone()]));
    let tracker = configure(quick(&server)).build().unwrap();
    emit(&tracker);
    let report = hurry(&tracker);
    assert!(report.is_all_delivered(), "{fault:?}: {report}");
    let log = server.log();
    assert_agreement(report.ledger, &log);
    log
}

#[test]
fn a_connection_that_closes_before_the_request_is_read() {
    let log = survives(&Behaviour::CloseUnread);
    assert_eq!(log.unread, 1);
}

#[test]
fn a_connection_that_closes_before_the_answer() {
    let log = survives(&Behaviour::CloseUnanswered);
    assert!(log.read_again() > 0, "the same envelope ids came twice");
}

#[test]
fn a_connection_that_is_reset_in_the_answers_head() {
    let log = survives(&Behaviour::ResetInHead);
    assert!(log.read_again() > 0);
}

#[test]
fn a_connection_that_breaks_in_the_answers_body() {
    let log = survives(&Behaviour::ResetInBody);
    assert_eq!(log.read_again(), 0, "the status was there");
}

#[test]
fn garbage_instead_of_an_answer() {
    survives(&Behaviour::Garbage);
}

#[test]
fn a_server_that_hangs_once() {
    // The others have the time that a busy machine may take to answer.
    survives_as(&Behaviour::Hang, |builder| {
        builder.request_timeout(Duration::from_millis(400))
    });
}

#[test]
fn a_server_that_is_slow() {
    survives(&Behaviour::Delay(
        Duration::from_millis(100),
        Answer::new(200),
    ));
}

#[test]
fn a_server_that_is_down_at_first() {
    let reserved = FaultServer::reserve();
    let tracker = tracker(&reserved.url())
        .flush_interval(Duration::from_millis(5))
        .build()
        .unwrap();
    emit(&tracker);
    let before = tracker.flush_blocking(Duration::from_millis(100));
    assert!(!before.complete);
    assert_eq!(before.ledger.pending, EVENTS);
    let server = reserved.start(Script::always(Behaviour::ok()));
    let report = tracker.flush_blocking(PATIENCE);
    assert!(report.is_all_delivered(), "{report}");
    assert_agreement(report.ledger, &server.log());
}

#[test]
fn an_answer_that_drips_does_not_hold_up_delivery() {
    // All of the body would take half an hour.
    let drip = Answer::new(200).body("x".repeat(2_000));
    let server = FaultServer::start(Script::always(Behaviour::Drip(
        Duration::from_secs(1),
        drip,
    )));
    let tracker = quick(&server).build().unwrap();
    let begun = Instant::now();
    for number in 0..3 * EVENTS {
        tracker.track(&user(), note(number));
        let report = tracker.flush_blocking(PATIENCE);
        assert!(report.is_all_delivered(), "{report}");
    }
    // Far below the 30 s that a request may take.
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
    assert_agreement(tracker.ledger(), &server.log());
}

#[test]
fn connections_are_used_again() {
    let server = FaultServer::well();
    let tracker = quick(&server).max_in_flight(1).build().unwrap();
    for number in 0..20 {
        tracker.track(&user(), note(number));
        assert!(tracker.flush_blocking(PATIENCE).complete);
    }
    let log = server.log();
    assert_eq!(log.requests.len(), 20);
    assert_eq!(log.connections, 1);
}
