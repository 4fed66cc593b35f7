//! The deadline of a replay: full queues, lines that are not sent, and disks that hang.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use copilot_track::Overflow;
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, TEST_TIMEOUT, fast_tracker_builder, numbered_event, test_user,
};
use serde_json::json;
use tempfile::{TempDir, tempdir};

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn letter() -> String {
    let event = json!({
        "type": "track",
        "messageId": "id",
        "timestamp": "2026-01-02T03:04:05.678Z",
        "userId": "u",
        "event": "Note Taken",
        "properties": {},
    });
    json!({ "reason": "rejected", "event": event }).to_string() + "\n"
}

/// Creates a file of letters, and returns it with the path of another file for a tracker's own
/// letters.
fn letters(text: &str) -> (TempDir, PathBuf, PathBuf) {
    let directory = tempdir().unwrap();
    let file = directory.path().join("letters.jsonl");
    let own = directory.path().join("own.jsonl");
    fs::write(&file, text).unwrap();
    (directory, file, own)
}

#[test]
fn a_replay_does_not_wait_for_room_after_its_deadline() {
    let (_directory, file, own) = letters(&letter());
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let tracker = fast_tracker_builder(&server)
        .flush_at(1)
        .max_in_flight(1)
        .max_queue_events(4)
        .overflow(Overflow::Block(4 * TEST_TIMEOUT))
        .dead_letters(&own)
        .build()
        .unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..7 {
                tracker.track(&test_user(), numbered_event(number));
            }
        });
        // One event is in flight, one in the next batch, and four in the queue.
        let begun = Instant::now();
        while tracker.ledger().emitted < 7 {
            assert!(begun.elapsed() < TEST_TIMEOUT, "{}", tracker.ledger());
            thread::yield_now();
        }
        let (begun, timeout) = (Instant::now(), Duration::from_millis(100));
        let replay = tracker.replay_dead_letters(&file, timeout).unwrap();
        assert!(begun.elapsed() < TEST_TIMEOUT);
        assert!(!replay.complete, "{replay}");
        assert_eq!((replay.replayed, replay.unsettled), (1, 1), "{replay:?}");
        let _ = tracker.shutdown_blocking(Duration::ZERO);
    });
    let left = fs::read_to_string(with_suffix(&file, ".replaying-0")).unwrap();
    assert_eq!(left, letter());
}

#[test]
fn a_replay_of_lines_that_are_not_sent_ends_at_its_deadline() {
    const LINES: u64 = 3_000;
    let lines: Vec<_> = (0..LINES).map(|n| format!("damaged {n}")).collect();
    let damaged = lines.join("\n") + "\n";
    let (_directory, file, own) = letters(&(damaged.clone() + &"\n".repeat(3_000)));
    let tracker = fast_tracker_builder(&FaultServer::healthy())
        .dead_letters(&own)
        .build()
        .unwrap();
    let first = tracker.replay_dead_letters(&file, Duration::ZERO).unwrap();
    assert!(!first.complete, "{first}");
    assert!((1..LINES).contains(&first.damaged), "{first}");
    let second = tracker.replay_dead_letters(&file, TEST_TIMEOUT).unwrap();
    assert!(second.complete, "{second}");
    assert_eq!(first.damaged + second.damaged, LINES);
    let moved = fs::read_to_string(with_suffix(&file, ".damaged")).unwrap();
    assert_eq!(moved, damaged);
}

#[test]
fn a_replay_can_end_within_a_long_line() {
    let long = "x".repeat(10 * 1024 * 1024);
    let (_directory, file, own) = letters(&format!("{long}\n{}", letter()));
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server)
        .dead_letters(&own)
        .build()
        .unwrap();
    let (mut calls, mut damaged) = (1, 0);
    loop {
        let replay = tracker.replay_dead_letters(&file, Duration::ZERO).unwrap();
        damaged += replay.damaged;
        if replay.complete {
            break;
        }
        calls += 1;
        assert!(calls < 100, "{replay}");
        assert!(tracker.flush_blocking(TEST_TIMEOUT).complete);
    }
    // Each call reads at least 4 MiB.
    assert!(calls >= 3, "{calls}");
    assert_eq!(damaged, 1);
    assert_eq!(server.log().accepted_count(), 1);
    let moved = fs::read_to_string(with_suffix(&file, ".damaged")).unwrap();
    assert!(moved == long + "\n", "{}", moved.len());
}

#[cfg(unix)]
#[test]
fn a_replay_does_not_wait_for_a_disk_that_hangs() {
    use std::io::ErrorKind;
    use std::process::Command;
    use std::sync::mpsc;

    let (_directory, file, own) = letters(&letter());
    // Opening this file waits until another process opens it for writing.
    let hanging = with_suffix(&file, ".replaying-0");
    assert!(
        Command::new("mkfifo")
            .arg(&hanging)
            .status()
            .unwrap()
            .success()
    );
    let tracker = fast_tracker_builder(&FaultServer::healthy())
        .dead_letters(own)
        .build()
        .unwrap();
    let (done, ended) = mpsc::channel();
    let letters = file.clone();
    // The call must return soon, but the test must also end if it does not.
    thread::spawn(move || {
        let timeout = Duration::from_millis(10);
        let replay = tracker.replay_dead_letters(&letters, timeout);
        let again = tracker.replay_dead_letters(&letters, timeout);
        let begun = Instant::now();
        drop(tracker);
        let _ = done.send((replay, again, begun.elapsed()));
    });
    let (replay, again, dropping) = ended.recv_timeout(TEST_TIMEOUT).unwrap();
    assert!(!replay.unwrap().complete);
    // The first replay still uses the file.
    assert_eq!(again.unwrap_err().kind(), ErrorKind::ResourceBusy);
    // It does not keep the tracker from ending.
    assert!(dropping < TEST_TIMEOUT);
    let next = with_suffix(&file, ".replaying-1");
    assert_eq!(fs::read_to_string(next).unwrap(), letter());
    drop(fs::File::options().write(true).open(&hanging).unwrap());
}
