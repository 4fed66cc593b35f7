//! Conversation Started is sent once.

use std::sync::{Arc, Barrier};
use std::time::{Duration, SystemTime};

use copilot_track::spec::MessageSent;
use copilot_track::testing::TestTracker;
use copilot_track::{ConversationId, CustomEvent, TrackEvent as _, Tracker, User};

use crate::spec_examples::conversation;

fn test_with_key(key: &str) -> TestTracker {
    TestTracker::with(Tracker::builder().write_key(key)).unwrap()
}

fn started(test: &TestTracker, id: &str) -> String {
    let id = ConversationId::new(id).unwrap();
    let conversation = test
        .tracker()
        .conversation_with_id(id, User::known("123").unwrap());
    conversation.message_sent("Hello");
    let events = test.events_named("Conversation Started");
    events.last().unwrap().envelope_id().unwrap().to_owned()
}

#[test]
fn it_starts_once_across_clones_and_threads() {
    for _ in 0..50 {
        let test = TestTracker::new();
        let conversation = conversation(&test);
        let barrier = Arc::new(Barrier::new(4));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let (conversation, barrier) = (conversation.clone(), Arc::clone(&barrier));
                scope.spawn(move || {
                    barrier.wait();
                    conversation.turn("Hello").message_received("Hi");
                });
            }
        });
        let names = test.names();
        assert_eq!(names[0], "Conversation Started");
        assert_eq!(test.events_named("Conversation Started").len(), 1);
        assert_eq!(names.len(), 9);
        assert_eq!(conversation.message_count(), 8);
    }
}

#[test]
fn it_starts_before_the_first_message_however_it_is_sent() {
    let actions: [fn(&copilot_track::Conversation); 5] = [
        |conversation| drop(conversation.turn("Hello")),
        |conversation| drop(conversation.message_sent("Hello")),
        |conversation| drop(conversation.message_received("Welcome")),
        |conversation| conversation.track(copilot_track::spec::MessageSent::new("Hello")),
        |conversation| conversation.track(CustomEvent::new("Message Sent").unwrap()),
    ];
    for act in actions {
        let test = TestTracker::new();
        act(&conversation(&test));
        let names = test.names();
        assert_eq!(names.len(), 2, "{names:?}");
        assert_eq!(names[0], "Conversation Started");
    }
}

#[test]
fn the_start_has_the_timestamp_of_the_first_message() {
    let test = TestTracker::new();
    let yesterday = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let conversation = test.conversation();
    conversation.track(MessageSent::new("Hello").timestamp(yesterday));
    for event in test.events() {
        assert_eq!(event.timestamp(), Some("2001-09-09T01:46:40Z"), "{event}");
    }
}

#[test]
fn an_explicit_start_is_not_repeated() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    conversation.start();
    conversation.start();
    conversation.message_sent("Hello");
    conversation.track(CustomEvent::new("Conversation Started").unwrap());
    test.assert_names(&["Conversation Started", "Message Sent"]);
}

#[test]
fn the_envelope_id_depends_only_on_key_and_conversation() {
    let (one, other) = (test_with_key("key"), test_with_key("key"));
    assert_eq!(started(&one, "c"), started(&other, "c"));
    assert_ne!(
        started(&one, "c"),
        started(&one, "d"),
        "another conversation"
    );
}

#[test]
fn another_key_gives_another_envelope_id() {
    assert_ne!(
        started(&test_with_key("key"), "c"),
        started(&test_with_key("other"), "c")
    );
    // The key and the id are not simply concatenated.
    assert_ne!(
        started(&test_with_key("ab"), "c"),
        started(&test_with_key("a"), "bc")
    );
}

#[test]
fn a_disabled_tracker_sends_and_counts_nothing() {
    let test = TestTracker::with(Tracker::builder().disabled(true)).unwrap();
    for tracker in [test.tracker().clone(), Tracker::disabled()] {
        let conversation = tracker.conversation(User::known("123").unwrap());
        let turn = conversation.turn("Hello");
        turn.message_received("Hi");
        turn.rate(5);
        conversation.identify(&User::anonymous("a").unwrap());
        tracker.identify(&User::known("123").unwrap());
        tracker.track(&User::known("123").unwrap(), CustomEvent::new("X").unwrap());
        conversation.end();
        let report = tracker.shutdown_blocking(std::time::Duration::ZERO);
        assert!(report.is_all_delivered());
        assert_eq!(report.ledger.emitted, 0);
    }
    test.assert_silent();
}
