//! `flush` and `shutdown` return by their deadline, wherever they are called.

use std::time::{Duration, Instant};

use copilot_track::{Report, Tracker};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, TEST_TIMEOUT, block_on, fast_tracker_builder, numbered_event,
    test_user,
};

const DEADLINE: Duration = Duration::from_millis(300);
/// The time that a busy machine may take to wake a thread. It is far below the request timeout of
/// 30 s.
const SLACK: Duration = Duration::from_secs(5);
const EVENTS: u64 = 50;

/// Returns a tracker with pending events and its server, which never responds.
fn tracker_with_hanging_server() -> (Tracker, FaultServer) {
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let tracker = fast_tracker_builder(&server)
        .flush_at(10)
        .max_in_flight(2)
        .drop_timeout(Duration::ZERO)
        .build()
        .unwrap();
    for number in 0..EVENTS {
        tracker.track(&test_user(), numbered_event(number));
    }
    (tracker, server)
}

/// Runs a flush or shutdown, and asserts that it returns at its deadline.
#[track_caller]
fn assert_returns_at_deadline(finish: impl FnOnce() -> Report) -> Report {
    let start = Instant::now();
    let report = finish();
    let took = start.elapsed();
    assert!(took >= DEADLINE && took < DEADLINE + SLACK, "{took:?}");
    assert!(!report.complete, "{report}");
    assert!(report.ledger.is_balanced(), "{report}");
    assert_eq!(report.ledger.delivered, 0);
    report
}

#[track_caller]
fn assert_flushed(report: Report) {
    assert_eq!(report.ledger.pending, EVENTS, "{report}");
}

#[track_caller]
fn assert_shut_down(report: Report, tracker: &Tracker) {
    assert_eq!(report.ledger.dropped.shutdown, EVENTS, "{report}");
    assert_eq!(report.ledger.pending, 0, "{report}");
    tracker.track(&test_user(), numbered_event(0));
    assert_eq!(tracker.ledger().dropped.shutdown, EVENTS + 1);
}

fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

fn multi_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap()
}

#[test]
fn blocking_without_a_runtime() {
    let (tracker, _server) = tracker_with_hanging_server();
    assert_flushed(assert_returns_at_deadline(|| {
        tracker.flush_blocking(DEADLINE)
    }));
    assert_shut_down(
        assert_returns_at_deadline(|| tracker.shutdown_blocking(DEADLINE)),
        &tracker,
    );
}

#[test]
fn async_on_an_executor_other_than_tokio() {
    let (tracker, _server) = tracker_with_hanging_server();
    assert_flushed(assert_returns_at_deadline(|| {
        block_on(tracker.flush(DEADLINE))
    }));
    assert_shut_down(
        assert_returns_at_deadline(|| block_on(tracker.shutdown(DEADLINE))),
        &tracker,
    );
}

#[test]
fn async_on_a_current_thread_runtime() {
    let (tracker, _server) = tracker_with_hanging_server();
    let runtime = current_thread();
    assert_flushed(assert_returns_at_deadline(|| {
        runtime.block_on(tracker.flush(DEADLINE))
    }));
    assert_shut_down(
        assert_returns_at_deadline(|| runtime.block_on(tracker.shutdown(DEADLINE))),
        &tracker,
    );
}

#[test]
fn async_on_a_multi_thread_runtime() {
    let (tracker, _server) = tracker_with_hanging_server();
    let runtime = multi_thread();
    let on_worker = |tracker: Tracker, shutdown: bool| {
        runtime
            .block_on(runtime.spawn(async move {
                if shutdown {
                    tracker.shutdown(DEADLINE).await
                } else {
                    tracker.flush(DEADLINE).await
                }
            }))
            .unwrap()
    };
    assert_flushed(assert_returns_at_deadline(|| {
        on_worker(tracker.clone(), false)
    }));
    assert_shut_down(
        assert_returns_at_deadline(|| on_worker(tracker.clone(), true)),
        &tracker,
    );
}

#[test]
fn blocking_inside_a_current_thread_runtime() {
    let (tracker, _server) = tracker_with_hanging_server();
    let runtime = current_thread();
    assert_flushed(assert_returns_at_deadline(|| {
        runtime.block_on(async { tracker.flush_blocking(DEADLINE) })
    }));
    let report = assert_returns_at_deadline(|| {
        runtime.block_on(async { tracker.shutdown_blocking(DEADLINE) })
    });
    assert_shut_down(report, &tracker);
}

#[test]
fn blocking_inside_a_multi_thread_runtime() {
    let (tracker, _server) = tracker_with_hanging_server();
    let runtime = multi_thread();
    assert_flushed(assert_returns_at_deadline(|| {
        runtime.block_on(async { tracker.flush_blocking(DEADLINE) })
    }));
    let report = assert_returns_at_deadline(|| {
        runtime.block_on(async { tracker.shutdown_blocking(DEADLINE) })
    });
    assert_shut_down(report, &tracker);
}

#[test]
fn blocking_inside_spawn_blocking() {
    let (tracker, _server) = tracker_with_hanging_server();
    let runtime = multi_thread();
    let blocking = |finish: fn(&Tracker) -> Report| {
        let tracker = tracker.clone();
        runtime
            .block_on(runtime.spawn_blocking(move || finish(&tracker)))
            .unwrap()
    };
    assert_flushed(assert_returns_at_deadline(|| {
        blocking(|tracker| tracker.flush_blocking(DEADLINE))
    }));
    let report =
        assert_returns_at_deadline(|| blocking(|tracker| tracker.shutdown_blocking(DEADLINE)));
    assert_shut_down(report, &tracker);
}

#[test]
fn async_inside_spawn_blocking() {
    let (tracker, _server) = tracker_with_hanging_server();
    let runtime = multi_thread();
    let blocking = |finish: fn(&Tracker) -> Report| {
        let tracker = tracker.clone();
        runtime
            .block_on(runtime.spawn_blocking(move || finish(&tracker)))
            .unwrap()
    };
    assert_flushed(assert_returns_at_deadline(|| {
        blocking(|tracker| block_on(tracker.flush(DEADLINE)))
    }));
    let report =
        assert_returns_at_deadline(|| blocking(|tracker| block_on(tracker.shutdown(DEADLINE))));
    assert_shut_down(report, &tracker);
}

#[test]
fn while_no_server_is_listening() {
    let reserved = FaultServer::reserve();
    let tracker = copilot_track_tests::tracker_builder(&reserved.url())
        .build()
        .unwrap();
    for number in 0..EVENTS {
        tracker.track(&test_user(), numbered_event(number));
    }
    assert_flushed(assert_returns_at_deadline(|| {
        tracker.flush_blocking(DEADLINE)
    }));
    assert_shut_down(
        assert_returns_at_deadline(|| tracker.shutdown_blocking(DEADLINE)),
        &tracker,
    );
}

#[test]
fn a_waiting_flush_returns_at_shutdown() {
    let (tracker, server) = tracker_with_hanging_server();
    std::thread::scope(|scope| {
        let waiting_flush = scope.spawn(|| tracker.flush_blocking(TEST_TIMEOUT));
        server.wait_for_requests(2);
        // The flush may be waiting already, or it may start after the shutdown. It must return in
        // both cases.
        let report = assert_returns_at_deadline(|| tracker.shutdown_blocking(DEADLINE));
        assert_eq!(report.ledger.dropped.shutdown, EVENTS, "{report}");
        let report = waiting_flush.join().unwrap();
        assert_eq!(report.ledger.pending, 0, "{report}");
    });
}

#[test]
fn concurrent_flushes_all_return() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let tracker = &tracker;
            scope.spawn(move || {
                for number in 0..50 {
                    tracker.track(&test_user(), numbered_event(thread * 50 + number));
                    let report = tracker.flush_blocking(TEST_TIMEOUT);
                    assert!(report.complete, "{report}");
                }
            });
        }
    });
    assert_eq!(tracker.ledger().delivered, 400);
}

#[test]
fn a_flush_without_events_returns_at_once() {
    let server = FaultServer::healthy();
    let tracker = copilot_track_tests::tracker_builder(&server.url())
        .build()
        .unwrap();
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered());
    assert_eq!(server.log().connections, 0);
}

#[test]
fn a_flush_does_not_wait_for_the_flush_interval() {
    let server = FaultServer::healthy();
    let tracker = copilot_track_tests::tracker_builder(&server.url())
        .flush_interval(Duration::from_secs(60))
        .build()
        .unwrap();
    tracker.track(&test_user(), numbered_event(1));
    let start = Instant::now();
    assert!(tracker.flush_blocking(TEST_TIMEOUT).is_all_delivered());
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_second_shutdown_and_a_later_flush_return_at_once() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    tracker.track(&test_user(), numbered_event(1));
    let first = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(first.is_all_delivered());
    assert_eq!(tracker.shutdown_blocking(TEST_TIMEOUT), first);
    assert_eq!(block_on(tracker.flush(TEST_TIMEOUT)), first);
}

#[test]
fn events_after_shutdown_are_counted_and_not_sent() {
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    let conversation = tracker.conversation(test_user());
    let report = block_on(tracker.shutdown(TEST_TIMEOUT));
    assert!(report.is_all_delivered());
    conversation.message_sent("Anyone?");
    tracker.identify(&test_user());
    let ledger = tracker.ledger();
    assert_eq!(
        ledger.emitted, 3,
        "Conversation Started, Message Sent, Identify"
    );
    assert_eq!(ledger.dropped.shutdown, 3);
    assert!(ledger.is_balanced());
    assert_eq!(server.log().requests.len(), 0);
}

#[test]
fn a_shutdown_that_arrives_when_another_one_ends_gets_a_report() {
    for _ in 0..50 {
        let tracker = Tracker::builder()
            .json_lines(std::io::sink())
            .build()
            .unwrap();
        tracker.track(&test_user(), numbered_event(1));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
                    assert!(report.complete, "{report}");
                });
            }
        });
    }
}
