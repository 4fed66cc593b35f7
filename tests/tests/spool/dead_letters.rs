//! Dead letters: which events are written to the file, and how they are replayed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use copilot_track::segment::message::BatchMessage;
use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{Content, Overflow, Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, FaultPlan, FaultServer, Response, TEST_TIMEOUT, fast_tracker_builder, numbered_event,
    test_user,
};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Creates a dead-letter file with the rejected events of a conversation: its start, a message, and
/// `notes` other events.
fn rejected_letters(notes: u64, content: Content) -> (TempDir, PathBuf) {
    let directory = tempdir().unwrap();
    let file = directory.path().join("letters.jsonl");
    let server = FaultServer::start(FaultPlan::always(Behavior::status(400)));
    let tracker = fast_tracker_builder(&server)
        .dead_letters(&file)
        .content(content)
        .build()
        .unwrap();
    let conversation = tracker.conversation(test_user());
    conversation.message_sent("my secret");
    for number in 0..notes {
        conversation.track(numbered_event(number).property("text", "größe"));
    }
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.dropped.rejected, notes + 2, "{report}");
    assert_eq!(lines(&file).len() as u64, notes + 2);
    (directory, file)
}

/// Returns a test tracker with a dead-letter file.
fn test_tracker(file: &Path, builder: TrackerBuilder) -> TestTracker {
    TestTracker::with(builder.dead_letters(file)).unwrap()
}

fn sent(test: &TestTracker) -> Vec<Value> {
    test.events().iter().map(CapturedEvent::json).collect()
}

#[test]
fn a_replay_resends_the_events_unchanged_and_removes_the_file() {
    let (directory, file) = rejected_letters(1_200, Content::Full);
    let letters = lines(&file);
    assert_eq!(letters[0]["reason"], "rejected");
    assert_eq!(letters[0]["status"], 400);
    assert_eq!(letters[0]["content"], "full");
    let test = test_tracker(&file, Tracker::builder());
    let replay = test
        .tracker()
        .replay_dead_letters(&file, TEST_TIMEOUT)
        .unwrap();
    assert!(replay.complete, "{replay}");
    assert_eq!(
        (replay.replayed, replay.repeated, replay.damaged),
        (1_202, 0, 0)
    );
    let events: Vec<_> = letters
        .iter()
        .map(|letter| letter["event"].clone())
        .collect();
    assert_eq!(sent(&test), events, "events or their order changed");
    let ledger = test.ledger();
    assert_eq!((ledger.emitted, ledger.delivered), (1_202, 1_202));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn events_rejected_again_are_written_back_once() {
    let (_directory, file) = rejected_letters(3, Content::Full);
    let before = lines(&file);
    let server = FaultServer::start(FaultPlan::always(Behavior::status(422)));
    let tracker = fast_tracker_builder(&server)
        .dead_letters(&file)
        .build()
        .unwrap();
    // This event's letter is written first, so the tracker has the file open during the replay.
    tracker.track(&test_user(), numbered_event(7));
    assert!(tracker.flush_blocking(TEST_TIMEOUT).complete);
    let replay = tracker.replay_dead_letters(&file, TEST_TIMEOUT).unwrap();
    assert!(replay.complete, "{replay}");
    assert_eq!(replay.replayed, 6);
    let after = lines(&file);
    assert_eq!(after.len(), 6);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(after["event"], before["event"]);
        assert_eq!(after["status"], 422);
    }
    assert_eq!(tracker.ledger().dropped.rejected, 7);
    // A second replay succeeds.
    server.set_plan(FaultPlan::always(Behavior::ok()));
    let replay = tracker.replay_dead_letters(&file, TEST_TIMEOUT).unwrap();
    assert_eq!(replay.replayed, 6);
    assert_eq!(tracker.ledger().delivered, 6);
    assert!(!file.exists());
}

#[test]
fn damaged_and_repeated_lines_are_counted_and_skipped() {
    let (_directory, file) = rejected_letters(2, Content::Full);
    let original = fs::read_to_string(&file).unwrap();
    let first = original.lines().next().unwrap();
    let partial = &first[..first.len() / 2];
    fs::write(
        &file,
        format!("{partial}\n{original}\n{first}\n\0\u{ff}\n{partial}"),
    )
    .unwrap();
    let test = test_tracker(&file, Tracker::builder());
    let replay = test
        .tracker()
        .replay_dead_letters(&file, TEST_TIMEOUT)
        .unwrap();
    assert!(replay.complete, "{replay}");
    assert_eq!(
        (replay.replayed, replay.repeated, replay.damaged),
        (4, 1, 3)
    );
    assert_eq!(replay.to_string(), "replayed 4, repeated 1, damaged 3");
    let damaged = fs::read_to_string(with_suffix(&file, ".damaged")).unwrap();
    assert_eq!(damaged, format!("{partial}\n\0\u{ff}\n{partial}\n"));
    assert_eq!(test.ledger().delivered, 4);
}

#[test]
fn a_replay_while_the_server_is_down_is_resumed_by_the_next_call() {
    let (directory, file) = rejected_letters(1_000, Content::Full);
    let down = FaultServer::reserve();
    let tracker = |url: &str| {
        copilot_track_tests::tracker_builder(url)
            .dead_letters(&file)
            .drop_timeout(Duration::ZERO)
            .build()
            .unwrap()
    };
    let first = tracker(&down.url());
    let replay = first
        .replay_dead_letters(&file, Duration::from_millis(50))
        .unwrap();
    assert!(!replay.complete, "{replay}");
    assert!(replay.to_string().ends_with("not complete"));
    drop(first);
    assert!(!file.exists());
    assert!(with_suffix(&file, ".replaying-0").exists());
    // In the meantime, new dead letters were written.
    let (_other, newer) = rejected_letters(1, Content::Full);
    fs::rename(newer, &file).unwrap();
    let server = down.start(FaultPlan::always(Behavior::ok()));
    let second = tracker(&server.url());
    let replay = second.replay_dead_letters(&file, TEST_TIMEOUT).unwrap();
    assert!(replay.complete, "{replay}");
    assert_eq!(replay.replayed, 1_002 + 3);
    assert_eq!(server.log().accepted_count(), 1_002 + 3);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn with_a_spool_a_replay_is_complete_when_the_events_are_on_disk() {
    for overflow in [Overflow::DropNewest, Overflow::SpillToDisk] {
        let (_directory, file) = rejected_letters(1_000, Content::Full);
        let letters = lines(&file);
        let spool = tempdir().unwrap();
        let down = FaultServer::reserve();
        let tracker = copilot_track_tests::tracker_builder(&down.url())
            .spool(spool.path())
            .overflow(overflow)
            .build()
            .unwrap();
        let replay = tracker.replay_dead_letters(&file, TEST_TIMEOUT).unwrap();
        assert!(replay.complete && !file.exists(), "{replay}");
        let _ = tracker.shutdown_blocking(Duration::ZERO);
        drop(tracker);
        let test = TestTracker::with(Tracker::builder().spool(spool.path())).unwrap();
        let events: Vec<_> = letters
            .iter()
            .map(|letter| letter["event"].clone())
            .collect();
        assert_eq!(sent(&test), events);
    }
}

#[test]
fn a_replay_through_a_small_queue_loses_nothing() {
    let (_directory, file) = rejected_letters(500, Content::Full);
    for builder in [
        Tracker::builder().max_queue_events(2),
        Tracker::builder().max_queue_bytes(2_000),
        Tracker::builder()
            .overflow(Overflow::DropOldest)
            .max_queue_events(1),
    ] {
        let copy = with_suffix(&file, ".copy");
        fs::copy(&file, &copy).unwrap();
        let test = test_tracker(&file, builder);
        let replay = test
            .tracker()
            .replay_dead_letters(&copy, TEST_TIMEOUT)
            .unwrap();
        assert!(replay.complete, "{replay}");
        assert_eq!(test.ledger().delivered, 502);
    }
}

#[test]
fn a_stricter_content_policy_applies_to_replayed_events() {
    let (_directory, file) = rejected_letters(1, Content::Full);
    let test = test_tracker(&file, Tracker::builder().content(Content::Hidden));
    let replay = test
        .tracker()
        .replay_dead_letters(&file, TEST_TIMEOUT)
        .unwrap();
    assert!(replay.complete, "{replay}");
    let events = sent(&test);
    let body = json!(events).to_string();
    assert!(
        !body.contains("secret") && !body.contains("größe"),
        "{body}"
    );
    let sent = &events[1]["properties"];
    assert_eq!(sent["message_body"], "[hidden: 9 characters]");
    assert_eq!(sent["role"], "customer");
    assert!(sent["conversationId"].as_str().unwrap().len() > 30);
}

#[test]
fn hidden_content_is_not_hidden_twice() {
    let (_directory, file) = rejected_letters(0, Content::Hidden);
    assert_eq!(lines(&file)[0]["content"], "hidden");
    let test = test_tracker(&file, Tracker::builder().content(Content::Hidden));
    let _ = test
        .tracker()
        .replay_dead_letters(&file, TEST_TIMEOUT)
        .unwrap();
    test.event("Message Sent")
        .assert_property("message_body", "[hidden: 9 characters]");
}

#[test]
fn the_hook_can_change_replayed_events() {
    let (_directory, file) = rejected_letters(1, Content::Full);
    let builder = Tracker::builder().before_send(|mut message| {
        if let BatchMessage::Track(track) = &mut message {
            track.properties["mended"] = true.into();
        }
        Some(message)
    });
    let test = test_tracker(&file, builder);
    let _ = test
        .tracker()
        .replay_dead_letters(&file, TEST_TIMEOUT)
        .unwrap();
    assert!(
        sent(&test)
            .iter()
            .all(|e| e["properties"]["mended"] == true)
    );
}

#[test]
fn concurrent_replays_of_one_file_are_an_error() {
    let (_directory, file) = rejected_letters(1, Content::Full);
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let tracker = fast_tracker_builder(&server)
        .dead_letters(&file)
        .build()
        .unwrap();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| tracker.replay_dead_letters(&file, TEST_TIMEOUT).unwrap());
        server.wait_for_requests(1);
        let error = tracker
            .replay_dead_letters(&file, TEST_TIMEOUT)
            .unwrap_err();
        assert!(
            error.to_string().contains("already being replayed"),
            "{error}"
        );
        let _ = tracker.shutdown_blocking(Duration::ZERO);
        let first = first.join().unwrap();
        assert!(!first.complete, "{first}");
    });
    assert!(with_suffix(&file, ".replaying-0").exists());
}

#[test]
fn replaying_a_missing_file_succeeds_and_a_tracker_without_dead_letters_is_an_error() {
    let (directory, file) = rejected_letters(1, Content::Full);
    let none = directory.path().join("none.jsonl");
    let test = test_tracker(&file, Tracker::builder());
    let replay = test
        .tracker()
        .replay_dead_letters(&none, TEST_TIMEOUT)
        .unwrap();
    assert!(replay.complete);
    assert_eq!(replay.replayed, 0);
    let disabled = Tracker::disabled();
    assert!(
        disabled
            .replay_dead_letters(&file, TEST_TIMEOUT)
            .unwrap()
            .complete
    );
    let without = TestTracker::new();
    let error = without.tracker().replay_dead_letters(&file, TEST_TIMEOUT);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("call `.dead_letters(file)`"), "{error}");
    assert_eq!(lines(&file).len(), 3, "the file was changed");
}

#[test]
fn a_single_event_that_is_too_large_becomes_a_dead_letter() {
    for status in [413, 400] {
        let directory = tempdir().unwrap();
        let too_large = Response::new(status).body(r#"{"message":"Exceed payload limit"}"#);
        let server = FaultServer::start(FaultPlan::always(Behavior::Respond(too_large)));
        let tracker = fast_tracker_builder(&server)
            .spool(directory.path())
            .build()
            .unwrap();
        tracker.track(&test_user(), numbered_event(1));
        tracker.track(&test_user(), numbered_event(2));
        let report = tracker.shutdown_blocking(TEST_TIMEOUT);
        assert_eq!(report.ledger.dropped.rejected, 2, "{report}");
        let letters = lines(&directory.path().join("dead-letters.jsonl"));
        assert_eq!(letters.len(), 2);
        for (number, letter) in (1..).zip(letters) {
            assert_eq!(letter["status"], status);
            assert_eq!(letter["event"]["properties"]["number"], number);
        }
    }
}
