//! Disks that are full, and directories that cannot be used.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use copilot_track::testing::TestTracker;
use copilot_track::{ConfigError, Tracker};
use copilot_track_tests::{
    Behavior, CrashChild, FaultPlan, FaultServer, Response, Storage, TEST_TIMEOUT,
    fast_tracker_builder, numbered_event, test_user,
};
use serde_json::Value;
use tempfile::tempdir;

/// Runs a program and limits the size of its files to `blocks` blocks of 512 bytes, so that writes
/// fail as on a full disk.
#[cfg(unix)]
fn with_small_disk(blocks: u32, how: &str, server: &FaultServer, directory: &Path) -> Output {
    let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    Command::new("sh")
        .args(["-c", &limited, "sh"])
        .arg(env!("CARGO_BIN_EXE_process-exit"))
        .args([how, &server.url(), "6000"])
        .arg(directory)
        .output()
        .unwrap()
}

#[cfg(unix)]
#[test]
fn a_full_disk_loses_nothing_while_the_server_is_healthy() {
    deliver_with_full_disk(1, "the disk has no room for the spool");
    // The spool can be opened, but the 4 MB of events that wait for the slow server do not fit.
    deliver_with_full_disk(2_000, "the spool cannot be written");
}

#[cfg(unix)]
fn deliver_with_full_disk(blocks: u32, expected: &str) {
    let slow = Behavior::Delay(Duration::from_millis(500), Response::new(200));
    let server = FaultServer::start(FaultPlan::always(slow));
    let directory = tempdir().unwrap();
    let output = with_small_disk(
        blocks,
        "disk-full",
        &server,
        &directory.path().join("spool"),
    );
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    assert!(log.contains(expected), "{log}");
    let ledger: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(ledger["delivered"], 6_000, "{ledger}");
    assert_eq!(server.log().accepted_count(), 6_000);
}

#[cfg(unix)]
#[test]
fn spilling_to_a_full_disk_drops_events_without_blocking() {
    let slow = Behavior::Delay(Duration::from_millis(500), Response::new(200));
    // In the first case, no event fits on the disk. In the second case, some events fit.
    for blocks in [1, 4_000] {
        let server = FaultServer::start(FaultPlan::always(slow.clone()));
        let directory = tempdir().unwrap();
        let spool = directory.path().join("spool");
        let start = Instant::now();
        let output = with_small_disk(blocks, "spill-full", &server, &spool);
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{log}");
        // If the callers had to wait, this would take hours.
        assert!(start.elapsed() < TEST_TIMEOUT);
        let ledger: Value = serde_json::from_slice(&output.stdout).unwrap();
        let dropped = ledger["dropped"]["queue_full"].as_u64().unwrap();
        let delivered = ledger["delivered"].as_u64().unwrap();
        assert_eq!(delivered + dropped, 6_000, "{ledger}");
        assert!(dropped > 0, "{ledger}");
        assert_eq!(server.log().accepted_count(), delivered);
        // The warnings come in pairs. A slow machine may log several pairs.
        let start_warnings = log.matches("the queue is full").count();
        assert!(start_warnings > 0, "{log}");
        assert_eq!(
            log.matches("no more copilot events").count(),
            start_warnings
        );
    }
}

#[test]
fn an_unusable_directory_is_an_error_at_build() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "a file").unwrap();
    let taken = directory.path().join("taken");
    fs::create_dir_all(taken.join("events.redb")).unwrap();
    let locked = directory.path().join("locked");
    fs::create_dir_all(locked.join("events.lock")).unwrap();
    let error = TestTracker::with(Tracker::builder().spool(&*locked)).unwrap_err();
    assert!(format!("{error:?}").contains("the lock file"), "{error:?}");
    let mut unusable_paths = vec![file.clone(), file.join("below"), taken, locked];
    if cfg!(target_os = "linux") {
        // No user can create directories there, not even root.
        unusable_paths.push("/proc/copilot-track".into());
    }
    for path in unusable_paths {
        let error = TestTracker::with(Tracker::builder().spool(&*path)).unwrap_err();
        assert!(matches!(error, ConfigError::Spool { .. }), "{error}");
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
    }
    assert_eq!(fs::read_to_string(file).unwrap(), "a file");
}

#[test]
fn a_spool_in_use_by_another_process_is_an_error() {
    let directory = tempdir().unwrap();
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let mut command = Command::new(env!("CARGO_BIN_EXE_crash-child"));
    CrashChild {
        storage: Storage::Spool,
        directory: directory.path().to_str().unwrap(),
        endpoint: &server.url(),
        first: 0,
        group: 10,
        per_second: 0,
        flush_at: 10,
        blocked_from: None,
    }
    .add_args(&mut command);
    let mut other = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut log = String::new();
    BufReader::new(other.stdout.take().unwrap())
        .read_line(&mut log)
        .unwrap();
    let open = || TestTracker::with(Tracker::builder().spool(directory.path()));
    let error = open().unwrap_err();
    assert!(matches!(error, ConfigError::SpoolInUse { .. }), "{error}");
    assert!(error.to_string().contains("in use"), "{error}");
    other.kill().unwrap();
    other.wait().unwrap();
    // The next tracker recovers the events that the process left on disk.
    let on_disk: u64 = log.trim().parse().unwrap();
    assert!(open().unwrap().ledger().recovered >= on_disk);
}

#[cfg(unix)]
#[test]
fn a_deleted_directory_loses_nothing() {
    let directory = tempdir().unwrap();
    let spool = directory.path().join("spool");
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let tracker = fast_tracker_builder(&server)
        .spool(&*spool)
        .build()
        .unwrap();
    let sync = || assert!(tracker.sync_blocking(TEST_TIMEOUT).complete);
    for number in 0..100 {
        tracker.track(&test_user(), numbered_event(number));
    }
    sync();
    fs::remove_dir_all(&spool).unwrap();
    tracker.track(&test_user(), numbered_event(100));
    sync();
    let report = tracker.shutdown_blocking(Duration::ZERO);
    assert_eq!(report.ledger.pending, 101, "{report}");
    drop(tracker);
    let test = TestTracker::with(Tracker::builder().spool(&*spool)).unwrap();
    let numbers: Vec<_> = test
        .events()
        .iter()
        .map(|event| event.property("number").unwrap().as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (0..=100).collect::<Vec<_>>());
}
