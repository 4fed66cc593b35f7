//! Calls from destructors and panic hooks, at process exit, and after a fork.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic on failure"
)]

use std::process::Command;
use std::sync::Mutex;

use copilot_track::testing::TestTracker;
use copilot_track::{Ledger, Tracker};
use copilot_track_tests::{FaultServer, TEST_TIMEOUT, numbered_event, test_user};
use tempfile::tempdir;

fn exiting_program(how: &str, server: &FaultServer, count: u64) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_process-exit"));
    command.args([how, &server.url(), &count.to_string()]);
    command
}

#[test]
fn returning_from_main_loses_nothing() {
    for count in [1, 100, 9_000] {
        let server = FaultServer::healthy();
        assert!(
            exiting_program("return", &server, count)
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(server.log().accepted_count(), count);
    }
}

#[test]
fn a_static_tracker_that_is_shut_down_loses_nothing() {
    let server = FaultServer::healthy();
    let status = exiting_program("static", &server, 100).status().unwrap();
    assert!(status.success());
    assert_eq!(server.log().accepted_count(), 100);
}

#[test]
fn a_thread_local_destructor_at_process_exit_loses_nothing() {
    let server = FaultServer::healthy();
    let output = exiting_program("thread-local", &server, 100)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(server.log().accepted_count(), 101);
}

#[test]
fn a_destructor_during_unwinding_loses_nothing() {
    let server = FaultServer::healthy();
    let output = exiting_program("unwind", &server, 100).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("panicked: true"));
    assert_eq!(server.log().accepted_count(), 101);
}

#[test]
fn a_panic_in_the_thread_with_the_last_handle_loses_nothing() {
    let server = FaultServer::healthy();
    let output = exiting_program("panic", &server, 1_000).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("panicked: true"));
    assert_eq!(server.log().accepted_count(), 1_000);
}

#[test]
fn a_panic_hook_can_track() {
    let test = TestTracker::new();
    let tracker = test.tracker().clone();
    let before = std::panic::take_hook();
    let guarded = Mutex::new(tracker);
    std::panic::set_hook(Box::new(move |_| {
        if let Ok(tracker) = guarded.lock() {
            tracker.track(&test_user(), numbered_event(1));
        }
    }));
    let panicked = std::thread::spawn(|| panic!("on purpose")).join();
    std::panic::set_hook(before);
    assert!(panicked.is_err());
    test.assert_names(&["Note Taken"]);
}

/// A forked child can call the trackers that it inherits. The calls neither block nor send events.
#[cfg(unix)]
#[test]
fn a_forked_child_never_blocks_and_does_not_send_events_of_its_parent() {
    let server = FaultServer::healthy();
    let directory = tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_fork-stress"))
        .arg(server.url())
        .arg(directory.path().join("spool"))
        .arg("25")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let counts: Vec<u64> = stdout
        .split_whitespace()
        .map(|n| n.parse().unwrap())
        .collect();
    let [emitted, by_children] = counts[..] else {
        panic!("{stdout}");
    };
    // The parent also used three trackers whose copies were dropped in forked children, and sent
    // one event through each of these trackers.
    let log = server.log();
    assert_eq!(log.accepted_count(), emitted + by_children + 3);
    log.assert_resent_unchanged();
}

/// A value that tracks an event and flushes when it is dropped.
struct TrackOnDrop(Tracker);

impl Drop for TrackOnDrop {
    fn drop(&mut self) {
        self.0.track(&test_user(), numbered_event(1));
        assert!(self.0.flush_blocking(TEST_TIMEOUT).complete);
    }
}

#[test]
fn a_destructor_can_track_and_flush_in_any_context() {
    let test = TestTracker::new();
    let on_drop = || TrackOnDrop(test.tracker().clone());
    drop(on_drop());
    let current_thread = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let value = on_drop();
    current_thread.block_on(async move { drop(value) });
    let value = on_drop();
    current_thread.spawn(async move {
        let _value = value;
        std::future::pending::<()>().await;
    });
    // Dropping the runtime drops the task.
    drop(current_thread);
    let multi_thread = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let value = on_drop();
    multi_thread
        .block_on(async move { tokio::task::spawn_blocking(move || drop(value)).await })
        .unwrap();
    std::thread::spawn({
        let value = on_drop();
        move || {
            thread_local!(static LAST: std::cell::RefCell<Option<TrackOnDrop>> = const { std::cell::RefCell::new(None) });
            LAST.with(|last| *last.borrow_mut() = Some(value));
        }
    })
    .join()
    .unwrap();
    let ledger: Ledger = test.ledger();
    assert_eq!((ledger.emitted, ledger.delivered), (5, 5), "{ledger}");
}
