//! The replay of dead letters: what happens to each letter, and replays that are cut short.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::time::Duration;

use copilot_track::segment::message::BatchMessage;
use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, RequestLog, Response, TEST_TIMEOUT, fast_tracker_builder,
    numbered_event, test_user,
};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn letter(number: u64) -> String {
    letter_with(number, &json!({ "number": number }))
}

fn letter_with(number: u64, properties: &Value) -> String {
    let event = json!({
        "type": "track",
        "messageId": format!("id-{number}"),
        "timestamp": "2026-01-02T03:04:05.678Z",
        "userId": "u",
        "event": "Note Taken",
        "properties": properties,
    });
    json!({ "reason": "rejected", "status": 400, "content": "full", "event": event }).to_string()
}

/// Creates a file of letters, and returns it with the path of another file for a tracker's own
/// letters.
fn letters(lines: impl IntoIterator<Item = String>) -> (TempDir, PathBuf, PathBuf) {
    let directory = tempdir().unwrap();
    let file = directory.path().join("letters.jsonl");
    let own = directory.path().join("own.jsonl");
    let lines: Vec<_> = lines.into_iter().collect();
    fs::write(&file, lines.join("\n") + "\n").unwrap();
    (directory, file, own)
}

/// Returns the numbers of the letters in a file.
fn numbers_in(file: &Path) -> Vec<u64> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["event"]["properties"]["number"].as_u64().unwrap()
        })
        .collect()
}

/// Does the same as [`numbers_in`], and skips incomplete lines.
fn complete_numbers_in(file: &Path) -> Vec<u64> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .map(|line| line["event"]["properties"]["number"].as_u64().unwrap())
        .collect()
}

fn number(id: &str) -> u64 {
    id.strip_prefix("id-").unwrap().parse().unwrap()
}

fn accepted(log: &RequestLog) -> BTreeMap<u64, usize> {
    let accepted = log.accepted_by_id().into_iter();
    accepted.map(|(id, times)| (number(id), times)).collect()
}

/// Adds a hook that drops the event with this number.
fn dropping(builder: TrackerBuilder, number: u64) -> TrackerBuilder {
    builder.before_send(move |message| match &message {
        BatchMessage::Track(track) if track.properties["number"] == number => None,
        _ => Some(message),
    })
}

/// Returns the properties of an event that cannot be truncated to 32,000 bytes.
fn too_large(number: u64) -> Value {
    let mut properties: serde_json::Map<_, _> =
        (0..5_000).map(|n| (format!("p{n}"), n.into())).collect();
    properties.insert("number".to_owned(), number.into());
    properties.into()
}

#[test]
fn letters_that_are_dropped_before_they_are_sent_are_kept() {
    for with_spool in [false, true] {
        let lines = [
            letter(0),
            letter(1),
            letter_with(2, &too_large(2)),
            letter(3),
        ];
        let (directory, file, own) = letters(lines.clone());
        let mut builder = dropping(Tracker::builder(), 1).dead_letters(&own);
        if with_spool {
            builder = builder.spool(directory.path().join("spool"));
        }
        let test = TestTracker::with(builder).unwrap();
        let replay = test.tracker().replay_dead_letters(&file, TEST_TIMEOUT);
        let replay = replay.unwrap();
        assert!(replay.complete, "{replay}");
        assert_eq!((replay.replayed, replay.kept), (4, 2), "{replay:?}");
        assert_eq!(replay.delivered + replay.spooled, 2, "{replay:?}");
        assert_eq!((replay.rejected, replay.unsettled), (0, 0), "{replay:?}");
        assert_eq!(
            replay.to_string(),
            "replayed 4, repeated 0, damaged 0, kept 2"
        );
        let kept = with_suffix(&file, ".kept");
        let expected = format!("{}\n{}\n", lines[1], lines[2]);
        assert_eq!(fs::read_to_string(&kept).unwrap(), expected);
        assert!(!with_suffix(&file, ".replaying-0").exists());
        drop(test);
        // After the hook was repaired, the letters can be replayed from the other file.
        let test = TestTracker::with(Tracker::builder().dead_letters(&own)).unwrap();
        let replay = test.tracker().replay_dead_letters(&kept, TEST_TIMEOUT);
        let replay = replay.unwrap();
        assert_eq!((replay.delivered, replay.kept), (1, 1), "{replay:?}");
        assert_eq!(test.event("Note Taken").property("number"), Some(&json!(1)));
        assert_eq!(fs::read_to_string(&kept).unwrap(), lines[2].clone() + "\n");
    }
}

#[test]
fn each_outcome_is_counted() {
    let mut lines: Vec<_> = (0..10).map(letter).collect();
    lines.extend([letter(3), "damaged".to_owned()]);
    let (_directory, file, own) = letters(lines);
    let server = FaultServer::start(FaultPlan::first_then_ok([Behavior::status(422)]));
    let tracker = dropping(fast_tracker_builder(&server), 9)
        .flush_at(4)
        .max_in_flight(1)
        .dead_letters(&own)
        .build()
        .unwrap();
    let replay = tracker.replay_dead_letters(&file, TEST_TIMEOUT).unwrap();
    assert!(replay.complete, "{replay}");
    assert_eq!(
        (replay.replayed, replay.repeated, replay.damaged),
        (10, 1, 1)
    );
    assert_eq!((replay.delivered, replay.rejected), (5, 4), "{replay:?}");
    assert_eq!((replay.kept, replay.spooled, replay.unsettled), (1, 0, 0));
    assert_eq!(numbers_in(&own), [0, 1, 2, 3]);
    assert_eq!(numbers_in(&with_suffix(&file, ".kept")), [9]);
}

#[test]
fn a_replay_that_was_cut_short_continues_where_it_ended() {
    let mut lines: Vec<_> = (0..1_000).map(letter).collect();
    lines.insert(700, "damaged 2".to_owned());
    lines.insert(0, "damaged 1".to_owned());
    let (directory, file, own) = letters(lines);
    let tracker = |server: &FaultServer| {
        fast_tracker_builder(server)
            // Only full batches are sent.
            .flush_interval(Duration::from_secs(60))
            .flush_at(100)
            .max_in_flight(1)
            .drop_timeout(Duration::ZERO)
            .dead_letters(&own)
            .build()
            .unwrap()
    };
    // The endpoint stops responding in the middle of the second group of 500 letters.
    let behaviors = std::iter::repeat_n(Behavior::ok(), 7).chain([Behavior::Hang]);
    let server = FaultServer::start(FaultPlan::first_then_ok(behaviors));
    let first = tracker(&server);
    std::thread::scope(|scope| {
        let replay = scope.spawn(|| first.replay_dead_letters(&file, TEST_TIMEOUT).unwrap());
        server.wait_for_requests(8);
        let _ = first.shutdown_blocking(Duration::ZERO);
        let replay = replay.join().unwrap();
        assert!(!replay.complete, "{replay}");
        assert_eq!(
            (replay.delivered, replay.unsettled),
            (700, 300),
            "{replay:?}"
        );
        assert_eq!(replay.damaged, 2);
    });
    let second = tracker(&server);
    let replay = second.replay_dead_letters(&file, TEST_TIMEOUT).unwrap();
    assert!(replay.complete, "{replay}");
    assert_eq!((replay.delivered, replay.damaged), (300, 0), "{replay:?}");
    let accepted = accepted(&server.log());
    assert_eq!(accepted, (0..1_000).map(|number| (number, 1)).collect());
    let damaged = fs::read_to_string(with_suffix(&file, ".damaged")).unwrap();
    assert_eq!(damaged, "damaged 1\ndamaged 2\n");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_damaged_record_of_the_progress_restarts_the_replay() {
    let damaged_records = [
        "damaged\n".to_owned(),
        "{}\n".to_owned(),
        "\0\0\0".to_owned(),
        "{\"file_len\":".to_owned() + &" ".repeat(2 * 1024 * 1024),
        // Numbers that contradict each other or the letters.
        record(0, 0, &[u64::MAX]),
        record(500, 600, &[]),
        record(500, 400, &[0, 400]),
        record(500, 400, &[1]),
        record(500, 400, &[0, 0, 3]),
        record(500, 500, &[0, 0]),
        record(u64::MAX, u64::MAX, &[]),
        record(500, 3, &[]),
    ];
    for damaged in damaged_records {
        let (_directory, file, own) = letters((0..5).map(letter).chain(["a".to_owned()]));
        let claimed = with_suffix(&file, ".replaying-0");
        fs::rename(&file, &claimed).unwrap();
        let progress = with_suffix(&claimed, ".progress");
        fs::write(&progress, &damaged).unwrap();
        let test = TestTracker::with(Tracker::builder().dead_letters(&own)).unwrap();
        let replay = || test.tracker().replay_dead_letters(&file, TEST_TIMEOUT);
        let report = replay().unwrap();
        assert!(report.complete, "{damaged:?}: {report}");
        assert_eq!((report.delivered, report.damaged), (5, 1), "{damaged:?}");
        assert_eq!(report.restarted, 1, "{damaged:?}");
        assert_eq!(
            report.to_string(),
            "replayed 5, repeated 0, damaged 1, restarted 1"
        );
        assert!(!claimed.exists() && !progress.exists());
        assert_eq!(replay().unwrap().restarted, 0);
    }
}

#[test]
fn a_wrong_length_of_the_moved_lines_is_no_error() {
    let (_directory, file, own) = letters([letter(0), letter(1), "damaged".to_owned()]);
    let claimed = with_suffix(&file, ".replaying-0");
    fs::rename(&file, &claimed).unwrap();
    let len = letter(0).len() as u64 + 1;
    let record = json!({
        "file_len": fs::metadata(&claimed).unwrap().len(),
        "read_to": len,
        "unsettled": [],
        "damaged_len": u64::MAX,
        "kept_len": u64::MAX,
    });
    let progress = with_suffix(&claimed, ".progress");
    fs::write(progress, format!("{record}\n")).unwrap();
    let builder = dropping(Tracker::builder(), 1).dead_letters(&own);
    let test = TestTracker::with(builder).unwrap();
    let report = test.tracker().replay_dead_letters(&file, TEST_TIMEOUT);
    let report = report.unwrap();
    assert!(report.complete, "{report}");
    assert_eq!((report.kept, report.damaged, report.restarted), (1, 1, 0));
    let damaged = fs::read_to_string(with_suffix(&file, ".damaged"));
    assert_eq!(damaged.unwrap(), "damaged\n");
}

/// Returns a record of the progress of a replay.
fn record(file_len: u64, read_to: u64, unsettled: &[u64]) -> String {
    let record = json!({
        "file_len": file_len,
        "read_to": read_to,
        "unsettled": unsettled,
        "damaged_len": 0,
        "kept_len": 0,
    });
    format!("{record}\n")
}

#[test]
fn calls_that_do_not_wait_send_no_letter_twice() {
    let (_directory, file, own) = letters((0..1_200).map(letter));
    let server = FaultServer::healthy();
    let tracker = fast_tracker_builder(&server)
        .dead_letters(&own)
        .build()
        .unwrap();
    let mut calls = 0;
    while !tracker
        .replay_dead_letters(&file, Duration::ZERO)
        .unwrap()
        .complete
    {
        calls += 1;
        assert!(calls < 1_000, "the replay does not continue");
        assert!(tracker.flush_blocking(TEST_TIMEOUT).complete);
    }
    let read: BTreeSet<_> = server.log().read_by_id().into_values().collect();
    assert_eq!(read, [1].into());
    assert_eq!(server.log().accepted_count(), 1_200);
}

#[test]
fn a_letter_that_cannot_be_written_again_stays_in_its_file() {
    let (directory, file, _) = letters((0..3).map(letter));
    // A directory cannot be written to like a file.
    let unwritable = directory.path().join("directory");
    fs::create_dir(&unwritable).unwrap();
    let server = FaultServer::start(FaultPlan::always(Behavior::status(422)));
    let tracker = |own: &Path| {
        fast_tracker_builder(&server)
            .dead_letters(own)
            .build()
            .unwrap()
    };
    let replay = tracker(&unwritable).replay_dead_letters(&file, TEST_TIMEOUT);
    let replay = replay.unwrap();
    assert!(!replay.complete, "{replay}");
    assert_eq!((replay.rejected, replay.unsettled), (0, 3), "{replay:?}");
    assert_eq!(numbers_in(&with_suffix(&file, ".replaying-0")), [0, 1, 2]);
    let own = directory.path().join("own.jsonl");
    let replay = tracker(&own).replay_dead_letters(&file, TEST_TIMEOUT);
    let replay = replay.unwrap();
    assert_eq!((replay.rejected, replay.unsettled), (3, 0), "{replay:?}");
    assert_eq!(numbers_in(&own), [0, 1, 2]);
}

#[test]
fn replays_that_start_at_the_same_time_send_each_letter_once() {
    let (directory, file, own) = letters((0..300).map(letter));
    let server = FaultServer::healthy();
    let start = Barrier::new(6);
    std::thread::scope(|scope| {
        for process in 0..6 {
            let (file, own, start, server) = (&file, &own, &start, &server);
            scope.spawn(move || {
                let tracker = fast_tracker_builder(server)
                    .dead_letters(with_suffix(own, &process.to_string()))
                    .build()
                    .unwrap();
                start.wait();
                let replay = tracker.replay_dead_letters(file, TEST_TIMEOUT);
                match replay {
                    Ok(replay) => assert!(replay.complete, "{replay}"),
                    Err(error) => assert_eq!(error.kind(), io::ErrorKind::ResourceBusy),
                }
            });
        }
    });
    let accepted = accepted(&server.log());
    assert_eq!(accepted, (0..300).map(|number| (number, 1)).collect());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn no_letter_is_lost_while_one_process_writes_and_another_replays() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("letters.jsonl");
    let rejecting = FaultServer::start(FaultPlan::always(Behavior::Respond(Response::new(422))));
    let server = FaultServer::healthy();
    let writer = fast_tracker_builder(&rejecting)
        .dead_letters(&file)
        .build()
        .unwrap();
    let replayer = fast_tracker_builder(&server)
        .dead_letters(directory.path().join("own.jsonl"))
        .build()
        .unwrap();
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for number in 0..200 {
                writer.track(&test_user(), numbered_event(number));
                assert!(writer.flush_blocking(TEST_TIMEOUT).complete);
            }
        });
        while !writing.is_finished() {
            let replay = replayer.replay_dead_letters(&file, TEST_TIMEOUT).unwrap();
            assert!(replay.complete, "{replay}");
        }
        writing.join().unwrap();
    });
    let replay = replayer.replay_dead_letters(&file, TEST_TIMEOUT).unwrap();
    assert!(replay.complete, "{replay}");
    let log = server.log();
    let events = log.events().into_iter();
    let mut sent: Vec<_> = events
        .map(|event| event["properties"]["number"].as_u64().unwrap())
        .collect();
    sent.sort_unstable();
    assert_eq!(sent, (0..200).collect::<Vec<_>>());
}

#[test]
fn a_replay_that_is_killed_continues() {
    let lines = (0..2_000).flat_map(|number| [letter(number), format!("damaged {number}")]);
    let (_directory, file, own) = letters(lines);
    let server = FaultServer::start(FaultPlan::random(30, Behavior::status(422), 1));
    let child = || {
        Command::new(env!("CARGO_BIN_EXE_crash-child"))
            .arg("replay")
            .args([&file, &own])
            .arg(server.url())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut requests = 0;
    for more in [0, 1, 3, 9, 0, 12, 2, 15] {
        let mut child = child();
        requests += more;
        server.wait_for_requests(requests);
        child.kill().unwrap();
        child.wait().unwrap();
        requests = server.log().requests.len();
    }
    let output = child().wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "complete");
    // The hook of the process drops every tenth event.
    let (dropped, sent): (Vec<_>, Vec<_>) = (0..2_000).partition(|number| number % 10 == 0);
    assert_eq!(numbers_in(&with_suffix(&file, ".kept")), dropped);
    let damaged = fs::read_to_string(with_suffix(&file, ".damaged")).unwrap();
    let expected: Vec<_> = (0..2_000).map(|n| format!("damaged {n}")).collect();
    assert_eq!(damaged.lines().collect::<Vec<_>>(), expected);
    let log = server.log();
    let mut settled: BTreeSet<_> = accepted(&log).into_keys().collect();
    // A kill can leave an incomplete line.
    settled.extend(complete_numbers_in(&own));
    assert_eq!(settled, sent.into_iter().collect());
    let read: usize = log.read_by_id().into_values().sum();
    assert!(read <= 1_800 + 8 * 500, "{read}");
    assert!(!with_suffix(&file, ".replaying-0").exists());
}

#[test]
fn letters_that_are_in_the_spool_survive_a_kill() {
    let (directory, file, own) = letters((0..700).map(letter));
    let spool = directory.path().join("spool");
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let mut child = Command::new(env!("CARGO_BIN_EXE_crash-child"))
        .arg("replay")
        .args([&file, &own])
        .arg(server.url())
        .arg(&spool)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(line.trim(), "complete");
    assert!(!with_suffix(&file, ".replaying-0").exists());
    let test = TestTracker::with(Tracker::builder().spool(&*spool)).unwrap();
    let number = |event: &CapturedEvent| event.property("number")?.as_u64();
    let sent: Vec<_> = test.events().iter().filter_map(number).collect();
    let (dropped, expected): (Vec<_>, Vec<_>) = (0..700).partition(|number| number % 10 == 0);
    assert_eq!(sent, expected);
    assert_eq!(numbers_in(&with_suffix(&file, ".kept")), dropped);
}
