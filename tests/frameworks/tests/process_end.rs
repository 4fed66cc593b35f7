//! Calls into the library from a function that is registered with `atexit`. Registering it requires
//! `unsafe`, which the workspace forbids, so this test is outside the workspace.

use std::fs;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use copilot_track::{CustomEvent, Tracker, User};

const FILE_ENV: &str = "COPILOT_TRACK_TEST_FILE";
static TRACKER: OnceLock<Tracker> = OnceLock::new();

fn note(tracker: &Tracker, number: u64) {
    let event = CustomEvent::new("Note Taken").unwrap();
    tracker.track(
        &User::known("123").unwrap(),
        event.property("number", number),
    );
}

extern "C" fn at_exit() {
    let tracker = TRACKER.get().unwrap();
    note(tracker, 2);
    assert!(tracker.flush_blocking(Duration::from_secs(60)).complete);
    // The shutdown delivers this event. The next event comes too late and is dropped.
    note(tracker, 3);
    let _ = tracker.shutdown_blocking(Duration::from_secs(60));
    note(tracker, 4);
}

/// The child process. Without the environment variable, this test does nothing.
#[test]
fn child_process() {
    let Some(file) = std::env::var_os(FILE_ENV) else {
        return;
    };
    let file = fs::File::create(file).unwrap();
    let tracker = Tracker::builder().json_lines(file).build().unwrap();
    note(&tracker, 1);
    assert!(TRACKER.set(tracker).is_ok());
    // SAFETY: the function is `extern "C"`, lives as long as the process, and does not unwind.
    assert_eq!(unsafe { libc::atexit(at_exit) }, 0);
    std::process::exit(0);
}

#[test]
fn a_function_that_runs_at_exit_can_track_flush_and_shut_down() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.jsonl");
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_process"])
        .env(FILE_ENV, &file)
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
    let lines = fs::read_to_string(file).unwrap();
    assert_eq!(lines.lines().count(), 3, "{lines}");
}
