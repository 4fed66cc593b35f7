//! Processes that share a spool's directory, one after another.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{ConfigError, Spool, Tracker};
use copilot_track_tests::{
    Behavior, CrashChild, FaultPlan, FaultServer, Storage, TEST_TIMEOUT, fast_tracker_builder,
    numbered_event, test_user,
};
use tempfile::tempdir;

/// The number of the first event that another process emits.
const FIRST: u64 = 1_000_000;

/// Starts another process that uses the directory. Also returns the end of the numbers of the
/// events that the process has written to disk.
fn start_other(directory: &Path, server: &FaultServer) -> (Child, u64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crash-child"));
    CrashChild {
        storage: Storage::Spool,
        directory: directory.to_str().unwrap(),
        endpoint: &server.url(),
        first: FIRST,
        group: 10,
        per_second: 0,
        flush_at: 10,
        blocked_from: None,
    }
    .add_args(&mut command);
    let mut other = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut log = BufReader::new(other.stdout.take().unwrap());
    log.read_line(&mut line).unwrap();
    // The process must be able to write further lines.
    thread::spawn(move || log.lines().map_while(Result::ok).last());
    (other, line.trim().parse().unwrap())
}

fn end(mut process: Child) {
    process.kill().unwrap();
    process.wait().unwrap();
}

fn numbers(test: &TestTracker) -> Vec<u64> {
    let number = |event: &CapturedEvent| event.property("number")?.as_u64();
    test.events().iter().filter_map(number).collect()
}

fn recover(spool: impl Into<Spool>) -> Result<TestTracker, ConfigError> {
    TestTracker::with(Tracker::builder().spool(spool))
}

#[test]
fn a_new_process_waits_until_the_old_one_has_ended() {
    let directory = tempdir().unwrap();
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let (old, end_on_disk) = start_other(directory.path(), &server);
    let waiting = Spool::new(directory.path()).wait_for_lock(TEST_TIMEOUT);
    let barrier = Barrier::new(2);
    let test = thread::scope(|scope| {
        let new = scope.spawn(|| {
            barrier.wait();
            recover(waiting).unwrap()
        });
        barrier.wait();
        let error = recover(directory.path()).unwrap_err();
        assert!(matches!(error, ConfigError::SpoolInUse { .. }), "{error}");
        end(old);
        new.join().unwrap()
    });
    let on_disk: Vec<_> = (FIRST..end_on_disk).collect();
    assert!(numbers(&test).starts_with(&on_disk));
}

#[test]
fn the_wait_for_another_tracker_is_limited() {
    let directory = tempdir().unwrap();
    let _first = recover(directory.path()).unwrap();
    let (timeout, start) = (Duration::from_millis(50), Instant::now());
    let error = recover(Spool::new(directory.path()).wait_for_lock(timeout)).unwrap_err();
    assert!(matches!(error, ConfigError::SpoolInUse { .. }), "{error}");
    assert!(error.to_string().contains("wait_for_lock"), "{error}");
    assert!(start.elapsed() >= timeout);
}

#[cfg(unix)]
#[test]
fn a_directory_that_another_process_creates_again_loses_nothing() {
    let directory = tempdir().unwrap();
    let spool = directory.path().join("spool");
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let tracker = fast_tracker_builder(&server)
        .spool(slowest(&spool))
        .build()
        .unwrap();
    let track = |numbers: std::ops::Range<u64>| {
        for number in numbers {
            tracker.track(&test_user(), numbered_event(number));
        }
    };
    track(0..100);
    assert!(tracker.sync_blocking(TEST_TIMEOUT).complete);
    // The other process starts in the same directory before the tracker writes again.
    let moved = directory.path().join("moved");
    fs::rename(&spool, &moved).unwrap();
    let (other, end_on_disk) = start_other(&spool, &server);
    fs::remove_dir_all(&moved).unwrap();
    track(100..200);
    let report = tracker.sync_blocking(Duration::from_millis(300));
    assert!(!report.complete, "the directory belongs to another process");
    end(other);
    assert!(tracker.sync_blocking(TEST_TIMEOUT).complete);
    let report = tracker.shutdown_blocking(Duration::ZERO);
    assert_eq!(report.ledger.pending, 200, "{report}");
    drop(tracker);
    let numbers = numbers(&recover(&*spool).unwrap());
    let on_disk: Vec<_> = (FIRST..end_on_disk).collect();
    assert!(numbers.starts_with(&on_disk), "{numbers:?}");
    assert!(
        numbers.ends_with(&(0..200).collect::<Vec<_>>()),
        "{numbers:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_loss_by_a_deleted_directory_is_counted() {
    let directory = tempdir().unwrap();
    let spool = directory.path().join("spool");
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let tracker = fast_tracker_builder(&server)
        .spool(slowest(&spool))
        .build()
        .unwrap();
    for number in 0..100 {
        tracker.track(&test_user(), numbered_event(number));
    }
    assert!(tracker.sync_blocking(TEST_TIMEOUT).complete);
    fs::remove_dir_all(&spool).unwrap();
    let (other, _) = start_other(&spool, &server);
    let report = tracker.shutdown_blocking(Duration::ZERO);
    assert_eq!(report.ledger.pending, 0, "{report}");
    assert_eq!(report.ledger.dropped.shutdown, 100, "{report}");
    end(other);
}

/// Returns a spool that notices as late as possible that its directory was deleted, so that the
/// other process starts first.
fn slowest(directory: &Path) -> Spool {
    Spool::new(directory).commit_interval(Duration::from_secs(1))
}
