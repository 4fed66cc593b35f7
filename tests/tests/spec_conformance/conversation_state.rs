//! A conversation that continues in another process.

use copilot_track::spec::ConversationEnded;
use copilot_track::testing::TestTracker;
use copilot_track::{
    Consent, Content, Context, Conversation, ConversationState, Tracker, TurnContext, User,
};
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

/// Stores the state as JSON, and resumes the conversation.
fn resumed(conversation: &Conversation, tracker: &Tracker) -> Conversation {
    let stored = serde_json::to_string(&conversation.state()).unwrap();
    let state: ConversationState = serde_json::from_str(&stored).unwrap();
    assert_eq!(state, conversation.state());
    tracker.resume(state)
}

#[test]
fn privacy_settings_and_the_context_are_part_of_the_state() {
    let test = TestTracker::new();
    let first = conversation(&test);
    first.set_content(Content::Hidden);
    first.set_consent(Consent::new().category("Analytics", false));
    first.set_context(Context::new().group_id("acme").locale("de-DE"));
    first.message_sent("secret");

    let other = TestTracker::new();
    let second = resumed(&first, other.tracker());
    second.message_received("secret");
    let (sent, received) = (test.event("Message Sent"), other.event("Message Received"));
    received.assert_property("message_body", "[hidden: 6 characters]");
    assert_eq!(received.json()["context"], sent.json()["context"]);
    assert_eq!(received.json()["context"]["groupId"], "acme");

    let context = second.turn("secret").context();
    assert_eq!(context.content(), Content::Hidden);
    assert_eq!(context.consent(), first.state().consent.as_ref());
}

#[test]
fn a_user_who_was_identified_is_not_identified_again() {
    let identified = |test: &TestTracker| {
        let events = test.events();
        let calls = events
            .iter()
            .filter(|event| event.json()["type"] == "identify");
        calls.count()
    };
    let test = TestTracker::new();
    let first = conversation(&test);
    assert!(!first.state().identified);
    let customer = User::both("123", "visitor").unwrap();
    first.identify(&customer);
    assert_eq!(identified(&test), 1);

    let second = resumed(&first, test.tracker());
    second.identify(&customer);
    assert_eq!(identified(&test), 1);
    second.identify(&User::known("456").unwrap());
    assert_eq!(identified(&test), 2, "another user");

    let third = resumed(&second, test.tracker());
    third.set_consent(Consent::new().category("Analytics", true));
    assert!(
        !third.state().identified,
        "the next Identify has the consent"
    );
    resumed(&third, test.tracker()).identify(&User::known("456").unwrap());
    assert_eq!(identified(&test), 3);
}

/// Returns the conversation of a turn that `first` starts and `second` continues and stores.
fn continued_and_resumed(first: &Conversation, second: &Tracker) -> Conversation {
    let context: TurnContext = first.turn("Hello").context();
    let turn = second.continue_turn(context).unwrap();
    resumed(turn.conversation(), second)
}

#[test]
fn the_sampling_decision_of_another_process_is_part_of_the_state() {
    let none = TestTracker::with(Tracker::builder().sample_conversations(0.0)).unwrap();
    let all = TestTracker::new();
    let not_sampled = continued_and_resumed(&conversation(&none), all.tracker());
    not_sampled.action_invoked("Tool Call", "look up");
    all.assert_silent();
    assert_eq!(all.ledger().sampled_out, 1);
    assert!(!not_sampled.turn("Hello").context().is_sampled());

    continued_and_resumed(&conversation(&all), none.tracker()).action_invoked("t", "a");
    assert_eq!(none.events_named("Action Invoked").len(), 1);

    let some = Tracker::builder().sample_conversations(0.999_999);
    let some = TestTracker::with(some).unwrap();
    all.clear();
    continued_and_resumed(&conversation(&some), all.tracker()).action_invoked("t", "a");
    let event = all.event("Action Invoked").json();
    assert_eq!(event["context"]["sampling"], json!({ "rate": 0.999_999 }));
}

#[test]
fn the_content_policy_of_another_process_stays_the_least_strict_one() {
    let (first, second) = (TestTracker::new(), TestTracker::new());
    let hidden = conversation(&first);
    hidden.set_content(Content::Hidden);
    let there = continued_and_resumed(&hidden, second.tracker());
    there.set_content(Content::Full);
    there.message_received("secret");
    let mut state = there.state();
    state.content = Content::Full;
    second.tracker().resume(state).message_sent("secret");
    for event in second.events() {
        event.assert_property("message_body", "[hidden: 6 characters]");
    }
    second.assert_names(&["Message Received", "Message Sent"]);
}

#[test]
fn a_conversation_that_another_process_counts_ends_without_a_count() {
    let (first, second) = (TestTracker::new(), TestTracker::new());
    let there = continued_and_resumed(&conversation(&first), second.tracker());
    there.message_received("Hi");
    let there = resumed(&there, second.tracker());
    there.end();
    second
        .event("Conversation Ended")
        .assert_no_property("message_count");
}

#[test]
fn a_conversation_that_has_ended_stays_ended() {
    let test = TestTracker::new();
    let with_own_number = conversation(&test);
    with_own_number.message_sent("Hello");
    with_own_number.track(ConversationEnded::new(7));
    let without_number = continued_and_resumed(&conversation(&test), test.tracker());
    without_number.message_received("Hi");
    without_number.end();
    for ended in [with_own_number, without_number] {
        assert!(ended.is_ended());
        let resumed = resumed(&ended, test.tracker());
        assert!(resumed.is_ended());
        resumed.message_sent("Wait");
        assert!(!resumed.is_ended());
    }
}

#[test]
fn a_state_with_an_invalid_sample_rate_is_an_error() {
    let state = |rate: f64| {
        serde_json::from_value::<ConversationState>(json!({
            "conversationId": "c",
            "user": { "userId": "u" },
            "continued": { "sampled": true, "sampleRate": rate, "content": "full" },
        }))
    };
    assert!(state(0.5).is_ok());
    assert!(state(1.5).is_err());
}
