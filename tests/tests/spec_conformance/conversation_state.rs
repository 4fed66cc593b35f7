//! A conversation that continues in another process.

use copilot_track::testing::TestTracker;
use copilot_track::{ConversationState, User};
use serde_json::json;

use crate::spec_examples::conversation;

#[test]
fn a_resumed_conversation_does_not_start_again() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    conversation.message_sent("Hello");
    let resumed = test.tracker().resume(conversation.state());
    resumed.message_sent("Still there?");
    assert_eq!(test.events_named("Conversation Started").len(), 1);
}

#[test]
fn a_state_restored_from_json_continues_the_count() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    let turn = conversation.turn("Hello");
    turn.message_received("Hi");
    conversation.identify(&User::anonymous("visitor").unwrap());
    let stored = serde_json::to_string(&conversation.state()).unwrap();

    let other_process = TestTracker::new();
    let state: ConversationState = serde_json::from_str(&stored).unwrap();
    let resumed = other_process.tracker().resume(state);
    assert_eq!(resumed.id(), conversation.id());
    assert_eq!(resumed.user(), User::both("123", "visitor").unwrap());
    assert_eq!(resumed.message_count(), 2);
    resumed.action_invoked("t", "a");
    resumed.message_sent("Bye");
    resumed.end();
    resumed.end();
    other_process.assert_names(&["Action Invoked", "Message Sent", "Conversation Ended"]);
    other_process
        .event("Conversation Ended")
        .assert_property("message_count", 3);
    let action = other_process.event("Action Invoked");
    assert_eq!(
        action.message_id(),
        Some(turn.message_id().as_str()),
        "the id of the latest message"
    );
}

#[test]
fn a_minimal_state_is_valid_and_invalid_ids_are_errors() {
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
