//! The user of an event.

use copilot_track::testing::TestTracker;
use copilot_track::{ConversationId, User};

#[test]
fn a_visitor_can_become_a_customer_during_a_conversation() {
    let test = TestTracker::new();
    let id = ConversationId::new("c").unwrap();
    let visitor = User::anonymous("visitor").unwrap();
    let conversation = test.tracker().conversation_with_id(id, visitor);
    let clone = conversation.clone();
    let turn = conversation.turn("Hello");
    conversation.identify(&User::known("123").unwrap());
    turn.message_received("Hi, 123");
    clone.message_sent("Thanks");
    let events = test.events();
    let ids: Vec<_> = events
        .iter()
        .map(|event| (event.name(), event.user_id(), event.anonymous_id()))
        .collect();
    let (visitor, known) = (Some("visitor"), Some("123"));
    assert_eq!(
        ids,
        [
            ("Conversation Started", None, visitor),
            ("Message Sent", None, visitor),
            ("Identify", known, visitor),
            ("Message Received", known, visitor),
            ("Message Sent", known, visitor),
        ]
    );
}

#[test]
fn an_event_keeps_the_user_at_the_time_of_the_call() {
    // The user changes while earlier events are still in the queue.
    let test = TestTracker::new();
    let conversation = test.conversation();
    for number in 0..100 {
        conversation.message_sent(number.to_string());
        conversation.identify(&User::known(number.to_string()).unwrap());
    }
    let mut expected = "test-user".to_owned();
    for event in test.events() {
        if event.name() == "Identify" {
            expected = event.user_id().unwrap().to_owned();
        }
        assert_eq!(event.user_id(), Some(&*expected), "{event}");
    }
}

#[test]
fn traits_that_are_not_a_map_are_dropped_as_invalid() {
    let test = TestTracker::new();
    test.tracker()
        .identify_with(&User::known("123").unwrap(), &5);
    test.conversation()
        .identify_with(&User::known("123").unwrap(), "name");
    test.assert_silent();
    assert_eq!(test.ledger().dropped.invalid, 2);
}
