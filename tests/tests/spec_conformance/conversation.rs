//! Conversation Started: once, whoever sends it.

use std::sync::{Arc, Barrier};

use copilot_track::testing::TestTracker;
use copilot_track::{ConversationId, ConversationState, CustomEvent, Tracker, User};
use serde_json::json;

use crate::spec::conversation;

fn keyed(key: &str) -> TestTracker {
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
fn it_starts_before_the_first_message_by_whichever_way() {
    let ways: [fn(&copilot_track::Conversation); 5] = [
        |conversation| drop(conversation.turn("Hello")),
        |conversation| drop(conversation.message_sent("Hello")),
        |conversation| drop(conversation.message_received("Welcome")),
        |conversation| conversation.track(copilot_track::spec::MessageSent::new("Hello")),
        |conversation| conversation.track(CustomEvent::new("Message Sent").unwrap()),
    ];
    for way in ways {
        let test = TestTracker::new();
        way(&conversation(&test));
        let names = test.names();
        assert_eq!(names.len(), 2, "{names:?}");
        assert_eq!(names[0], "Conversation Started");
    }
}

#[test]
fn an_explicit_start_is_the_only_one() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    conversation.start();
    conversation.start();
    conversation.message_sent("Hello");
    conversation.track(CustomEvent::new("Conversation Started").unwrap());
    test.assert_names(&["Conversation Started", "Message Sent"]);
}

#[test]
fn a_conversation_that_is_resumed_does_not_start_again() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    conversation.message_sent("Hello");
    let resumed = test.tracker().resume(conversation.state());
    resumed.message_sent("Still there?");
    assert_eq!(test.events_named("Conversation Started").len(), 1);
}

#[test]
fn two_processes_with_one_key_start_it_under_one_envelope_id() {
    let (one, other) = (keyed("key"), keyed("key"));
    assert_eq!(started(&one, "c"), started(&other, "c"));
    assert_ne!(
        started(&one, "c"),
        started(&one, "d"),
        "another conversation"
    );
}

#[test]
fn another_key_starts_it_under_another_envelope_id() {
    assert_ne!(started(&keyed("key"), "c"), started(&keyed("other"), "c"));
    // Neither does a key run over into the id.
    assert_ne!(started(&keyed("ab"), "c"), started(&keyed("a"), "bc"));
}

#[test]
fn a_state_survives_serde_and_goes_on_counting() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    let turn = conversation.turn("Hello");
    turn.message_received("Hi");
    conversation.identify(User::anonymous("visitor").unwrap());
    let stored = serde_json::to_string(&conversation.state()).unwrap();

    let elsewhere = TestTracker::new();
    let state: ConversationState = serde_json::from_str(&stored).unwrap();
    let resumed = elsewhere.tracker().resume(state);
    assert_eq!(resumed.id(), conversation.id());
    assert_eq!(resumed.user(), User::both("123", "visitor").unwrap());
    assert_eq!(resumed.message_count(), 2);
    resumed.action_invoked("t", "a");
    resumed.message_sent("Bye");
    resumed.end();
    resumed.end();
    elsewhere.assert_names(&["Action Invoked", "Message Sent", "Conversation Ended"]);
    elsewhere
        .event("Conversation Ended")
        .assert_property("message_count", 3);
    let action = elsewhere.event("Action Invoked");
    assert_eq!(
        action.message_id(),
        Some(turn.message_id().as_str()),
        "the latest message"
    );
}

#[test]
fn a_state_of_an_earlier_version_or_by_hand_is_enough() {
    let state: ConversationState =
        serde_json::from_value(json!({"conversationId": "c", "user": {"userId": "u"}})).unwrap();
    assert!(!state.started);
    for broken in [
        json!({"conversationId": "", "user": {"userId": "u"}}),
        json!({"conversationId": "c", "user": {}}),
        json!({"conversationId": "c", "user": {"userId": "x".repeat(101)}}),
    ] {
        let state = serde_json::from_value::<ConversationState>(broken.clone());
        assert!(state.is_err(), "{broken}");
    }
}

#[test]
fn a_disabled_tracker_sends_and_counts_nothing() {
    let test = TestTracker::with(Tracker::builder().disabled(true)).unwrap();
    for tracker in [test.tracker().clone(), Tracker::disabled()] {
        let conversation = tracker.conversation(User::known("123").unwrap());
        let turn = conversation.turn("Hello");
        turn.message_received("Hi");
        turn.rate(5);
        conversation.identify(User::anonymous("a").unwrap());
        tracker.identify(&User::known("123").unwrap());
        tracker.track(&User::known("123").unwrap(), CustomEvent::new("X").unwrap());
        conversation.end();
        let report = tracker.shutdown_blocking(std::time::Duration::ZERO);
        assert!(report.is_all_delivered());
        assert_eq!(report.ledger.emitted, 0);
    }
    test.assert_silent();
}
