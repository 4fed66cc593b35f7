//! The user of an event.

use copilot_track::testing::TestTracker;
use copilot_track::{Consent, ConversationId, User};
use serde_json::json;

#[test]
fn a_visitor_can_become_a_customer_during_a_conversation() {
    let test = TestTracker::new();
    let id = ConversationId::new("c").unwrap();
    let visitor = User::anonymous("visitor").unwrap();
    let conversation = test.tracker().conversation_with_id(id, visitor);
    let clone = conversation.clone();
    let turn = conversation.turn("Hello");
    conversation.identify(&User::known("123").unwrap());
    turn.rate(5);
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
            ("Feedback Submitted", known, visitor),
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

fn identified(test: &TestTracker) -> usize {
    test.events_named("Identify").len()
}

#[test]
fn identify_with_nothing_new_sends_nothing() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    let (ada, pro) = (
        User::known("ada").unwrap(),
        json!({ "plan": "pro", "seats": 2 }),
    );
    let identify: [(&dyn Fn(), usize); 11] = [
        // The first call sends Identify, even for the conversation's own user.
        (&|| conversation.identify(&conversation.user()), 1),
        (&|| conversation.identify(&conversation.user()), 1),
        (&|| conversation.identify(&ada), 2),
        (&|| conversation.clone().identify(&ada), 2),
        (&|| conversation.identify_with(&ada, &pro), 3),
        (&|| conversation.identify_with(&ada, &pro), 3),
        (
            &|| conversation.identify_with(&ada, &json!({ "seats": 2 })),
            3,
        ),
        (
            &|| conversation.identify_with(&ada, &json!({ "seats": 3 })),
            4,
        ),
        (&|| conversation.identify_with(&ada, &pro), 5),
        (
            &|| conversation.identify(&User::anonymous("visitor").unwrap()),
            6,
        ),
        // The anonymous id is kept.
        (&|| conversation.identify(&ada), 6),
    ];
    for (step, (identify, expected)) in identify.into_iter().enumerate() {
        identify();
        assert_eq!(identified(&test), expected, "step {step}");
    }
    assert_eq!(conversation.user(), User::both("ada", "visitor").unwrap());
    // Another conversation does not know what this conversation sent, but its state does.
    test.conversation().identify(&ada);
    assert_eq!(identified(&test), 7);
    test.tracker().resume(conversation.state()).identify(&ada);
    assert_eq!(identified(&test), 7);
}

#[test]
fn identify_is_sent_again_after_a_change_of_the_consent() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    let user = conversation.user();
    for (allowed, expected) in [(false, 1), (false, 1), (true, 2), (true, 2)] {
        conversation.set_consent(Consent::new().category("Analytics", allowed));
        conversation.identify(&user);
        assert_eq!(identified(&test), expected);
    }
}

#[test]
fn identify_outside_of_a_conversation_with_nothing_new_sends_nothing() {
    let test = TestTracker::new();
    let (ada, bob) = (User::known("ada").unwrap(), User::known("bob").unwrap());
    let pro = json!({ "plan": "pro" });
    for _ in 0..2 {
        test.tracker().identify(&ada);
        test.tracker().clone().identify(&bob);
        test.tracker().identify_with(&ada, &pro);
    }
    assert_eq!(identified(&test), 3);
    // An invalid call is counted each time.
    for _ in 0..2 {
        test.tracker().identify_with(&ada, &5);
    }
    assert_eq!(test.ledger().dropped.invalid, 2);
}
