//! The modes of files and directories that contain events.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use copilot_track::testing::TestTracker;
use copilot_track::{Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, TEST_TIMEOUT, fast_tracker_builder, numbered_event, test_user,
};
use tempfile::tempdir;

/// The variable that names the directory in which the child process creates files.
const DIRECTORY: &str = "PRIVATE_FILES";

#[test]
fn only_the_owner_can_access_files_with_events() {
    let directory = tempdir().unwrap();
    let output = Command::new("sh")
        .args(["-c", r#"umask 0 && exec "$0" "$@""#])
        .arg(env::current_exe().unwrap())
        .args(["private_files::child_without_umask", "--exact", "--ignored"])
        .arg("--nocapture")
        .env(DIRECTORY, directory.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let mut names = BTreeSet::new();
    assert_private(directory.path(), &mut names);
    let expected = [
        "dead-letters.jsonl",
        "events.lock",
        "events.redb",
        "letters.jsonl",
        "letters.jsonl.damaged",
        "letters.jsonl.replaying-0",
        "letters.jsonl.replaying-0.progress",
        "new",
        "quarantine",
        "spool",
    ];
    let quarantined = |name: &String| name.starts_with("events.redb.damaged-");
    let quarantined = names.extract_if(.., quarantined).count();
    assert_eq!(
        (quarantined, names.into_iter().collect::<Vec<_>>()),
        (1, expected.map(str::to_owned).to_vec())
    );
}

/// Asserts that only the owner can access the entries of a directory, and collects their names.
fn assert_private(directory: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        let expected = if metadata.is_dir() { 0o700 } else { 0o600 };
        let mode = metadata.permissions().mode() & 0o777;
        assert_eq!(mode, expected, "{mode:o} {}", entry.path().display());
        names.insert(entry.file_name().into_string().unwrap());
        if metadata.is_dir() {
            assert_private(&entry.path(), names);
        }
    }
}

#[test]
#[ignore = "runs in a child process"]
fn child_without_umask() {
    let directory = env::var_os(DIRECTORY).unwrap();
    let directory = Path::new(&directory);
    let rejecting = FaultServer::start(FaultPlan::always(Behavior::status(400)));
    let track = |builder: TrackerBuilder| {
        let tracker = builder.drop_timeout(Duration::ZERO).build().unwrap();
        tracker.track(&test_user(), numbered_event(1));
        let report = tracker.shutdown_blocking(TEST_TIMEOUT);
        assert_eq!(report.ledger.dropped.rejected, 1, "{report}");
    };
    let spool = directory.join("new/spool");
    track(fast_tracker_builder(&rejecting).spool(&*spool));

    let letters = directory.join("new/letters.jsonl");
    track(fast_tracker_builder(&rejecting).dead_letters(&letters));
    let mut file = OpenOptions::new().append(true).open(&letters).unwrap();
    file.write_all(b"damaged\n").unwrap();
    let hanging = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let tracker = fast_tracker_builder(&hanging)
        .dead_letters(directory.join("new/others.jsonl"))
        .drop_timeout(Duration::ZERO)
        .build()
        .unwrap();
    let report = tracker.replay_dead_letters(&letters, Duration::from_millis(100));
    assert_eq!(report.unwrap().damaged, 1);
    track(fast_tracker_builder(&rejecting).dead_letters(&letters));

    // The access to existing files of a spool is restricted, too.
    let quarantine = directory.join("quarantine");
    fs::create_dir(&quarantine).unwrap();
    fs::set_permissions(&quarantine, Permissions::from_mode(0o700)).unwrap();
    fs::write(quarantine.join("events.redb"), "not a database").unwrap();
    let test = TestTracker::with(Tracker::builder().spool(&*quarantine)).unwrap();
    assert_eq!(test.ledger().quarantined, 1);
}
