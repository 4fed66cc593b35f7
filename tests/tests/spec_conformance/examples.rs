//! Each example in the spec, sent with the struct of the event and with a method.

use copilot_track::spec::{
    ActionInvoked, ComponentLoaded, ConversationEnded, ConversationStarted, FeedbackSubmitted,
    MediaGenerated, MessageReceived, MessageSent,
};
use copilot_track::testing::TestTracker;
use copilot_track::{Conversation, CustomEvent, Role, TrackEvent, Turn, User};
use serde_json::Value;

use crate::spec_examples::{
    assert_same, conversation, conversation_of, expected, without_envelope,
};

/// Asserts that `act` sends one event with the example's name, and that this event equals the
/// example.
#[track_caller]
fn assert_conforms(
    file: &str,
    conversation: &Conversation,
    test: &TestTracker,
    act: impl FnOnce(&Conversation),
) {
    test.clear();
    act(conversation);
    let expected = expected(file);
    let event = test.event(expected["event"].as_str().unwrap());
    assert_same(&without_envelope(&event.json()), &expected, file);
}

/// Returns a turn for a message with this id.
fn turn_on(conversation: &Conversation, id: &str) -> Turn {
    conversation.turn_with(MessageSent::new("").message_id(id))
}

#[track_caller]
fn assert_both_conform(
    file: &str,
    by_struct: impl FnOnce(&Conversation),
    by_method: impl FnOnce(&Conversation),
) {
    for (act, test) in [
        (
            Box::new(by_struct) as Box<dyn FnOnce(&Conversation)>,
            TestTracker::new(),
        ),
        (Box::new(by_method), TestTracker::new()),
    ] {
        assert_conforms(file, &conversation(&test), &test, act);
    }
}

#[test]
fn conversation_started() {
    assert_both_conform(
        "conversation_started.json",
        |conversation| conversation.track(ConversationStarted::new()),
        Conversation::start,
    );
}

#[test]
fn conversation_started_is_sent_automatically() {
    assert_both_conform(
        "conversation_started.json",
        |conversation| conversation.track(MessageSent::new("Hello")),
        |conversation| {
            let _ = conversation.turn("Hello");
        },
    );
}

#[test]
fn message_sent() {
    const BODY: &str = "What's the best stock in the Nasdaq right now?";
    assert_both_conform(
        "message_sent.json",
        |conversation| conversation.track(MessageSent::new(BODY).message_id("msg123")),
        |conversation| {
            let turn = conversation.turn_with(MessageSent::new(BODY).message_id("msg123"));
            assert_eq!(*turn.message_id(), "msg123");
        },
    );
}

#[test]
fn message_received() {
    const BODY: &str = "Thank you for reaching out. How can I assist you today?";
    assert_both_conform(
        "message_received.json",
        |conversation| conversation.track(MessageReceived::new(BODY).message_id("msg124")),
        |conversation| {
            let turn = conversation.turn("Hello");
            turn.reply_with(MessageReceived::new(BODY).message_id("msg124"));
        },
    );
}

#[test]
fn conversation_ended() {
    assert_both_conform(
        "conversation_ended.json",
        |conversation| conversation.track(ConversationEnded::new(0)),
        Conversation::end,
    );
}

#[test]
fn action_invoked() {
    assert_both_conform(
        "action_invoked.json",
        |conversation| {
            let action = ActionInvoked::new("Inventory Request", "check stock level");
            conversation.track(action.message_id("msg125"));
        },
        |conversation| {
            turn_on(conversation, "msg125")
                .action_invoked("Inventory Request", "check stock level");
        },
    );
}

#[test]
fn media_generated() {
    assert_both_conform(
        "media_generated.json",
        |conversation| {
            conversation.track(MediaGenerated::new("image", "gif").message_id("msg126"));
        },
        |conversation| turn_on(conversation, "msg126").media_generated("image", "gif"),
    );
}

#[test]
fn component_loaded() {
    assert_both_conform(
        "component_loaded.json",
        |conversation| {
            conversation.track(ComponentLoaded::new("Stock Price Chart").message_id("msg127"));
        },
        |conversation| turn_on(conversation, "msg127").component_loaded("Stock Price Chart"),
    );
}

#[test]
fn feedback_submitted() {
    assert_both_conform(
        "feedback_submitted.json",
        |conversation| conversation.track(FeedbackSubmitted::new(5).message_id("msg128")),
        |conversation| conversation.rate("msg128", 5),
    );
}

#[test]
fn feedback_on_a_turn_refers_to_its_reply() {
    assert_both_conform(
        "feedback_submitted.json",
        |conversation| turn_on(conversation, "msg128").rate(5),
        |conversation| {
            let turn = turn_on(conversation, "msg1");
            turn.reply_with(MessageReceived::new("Hi").message_id("msg128"));
            turn.rate(5);
        },
    );
}

/// The spec's standard Track call, as a user would write it.
#[derive(TrackEvent)]
struct ItemPurchased {
    item_id: String,
    item_name: String,
    item_price: f64,
    currency: &'static str,
}

#[test]
fn item_purchased() {
    let in_conversation = |act: fn(&Conversation)| {
        let test = TestTracker::new();
        let conversation = conversation_of(&test, "conv456", "user123");
        assert_conforms("item_purchased.json", &conversation, &test, act);
    };
    in_conversation(|conversation| {
        turn_on(conversation, "msg789").track(ItemPurchased {
            item_id: "item101112".into(),
            item_name: "Super Widget".into(),
            item_price: 19.99,
            currency: "USD",
        });
    });
    in_conversation(|conversation| {
        let event = CustomEvent::new("Item Purchased")
            .unwrap()
            .property("itemId", "item101112")
            .property("itemName", "Super Widget")
            .property("itemPrice", 19.99)
            .property("currency", "USD");
        conversation.track(event.message_id("msg789"));
    });
    // The same event is sent outside a conversation, with explicit ids.
    let test = TestTracker::new();
    let event = CustomEvent::new("Item Purchased")
        .unwrap()
        .property("conversationId", "conv456")
        .property("messageId", "msg789")
        .property("itemId", "item101112")
        .property("itemName", "Super Widget")
        .property("itemPrice", 19.99)
        .property("currency", "USD");
    test.tracker()
        .track(&User::known("user123").unwrap(), event);
    let event = test.event("Item Purchased").json();
    assert_same(
        &without_envelope(&event),
        &expected("item_purchased.json"),
        "outside",
    );
}

#[test]
fn identify() {
    let test = TestTracker::new();
    test.tracker()
        .identify(&User::anonymous("768923ihuy32").unwrap());
    let call = test.event("Identify").json();
    // This is a corrected example, because the spec's example is not valid JSON.
    assert_same(
        &without_envelope(&call),
        &expected("identify.json"),
        "identify",
    );
}

#[test]
fn identify_has_either_id_or_both() {
    let test = TestTracker::new();
    for user in [
        User::known("123").unwrap(),
        User::anonymous("768923ihuy32").unwrap(),
        User::both("123", "768923ihuy32").unwrap(),
    ] {
        test.clear();
        test.tracker().identify(&user);
        let call = test.event("Identify");
        assert_eq!(
            (call.user_id(), call.anonymous_id()),
            (user.user_id(), user.anonymous_id())
        );
        let json = call.json();
        let null = json.as_object().unwrap().values().any(Value::is_null);
        assert!(!null, "a missing id is sent as null: {json}");
    }
}

#[test]
fn every_role_of_the_spec_is_supported() {
    for (role, text) in [
        (Role::Customer, "customer"),
        (Role::Agent, "agent"),
        (Role::AiAgent, "ai_agent"),
        (Role::HumanAgent, "human_agent"),
        (Role::TaskAutomationAgent, "task_automation_agent"),
        (Role::from("supervisor"), "supervisor"),
    ] {
        let test = TestTracker::new();
        let conversation = test.conversation();
        conversation.track(MessageReceived::new("Hi").role(role));
        test.event("Message Received").assert_property("role", text);
    }
}

/// A strict tracking plan rejects events with additional properties.
#[test]
fn no_event_has_additional_properties() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    let turn = conversation.turn("Hello");
    turn.action_invoked("a", "b");
    turn.media_generated("a", "b");
    turn.component_loaded("a");
    turn.custom_component_loaded("a");
    turn.message_received("Hi");
    turn.rate(5);
    conversation.rate_conversation(4);
    conversation.end();
    let (ids, message) = (["conversationId", "messageId"], ["message_body", "role"]);
    let names = |event: &str, own: &[&str]| {
        let expected: Vec<_> = ids.iter().chain(own).copied().collect();
        test.events_named(event)[0].assert_property_names(&expected);
    };
    names("Message Sent", &message);
    names("Message Received", &message);
    names("Action Invoked", &["type", "action", "role"]);
    names("Media Generated", &["type", "sub_type", "role"]);
    names("Component Loaded", &["type"]);
    names("Custom Component Loaded", &["type"]);
    names("Feedback Submitted", &["rating"]);
    test.event("Conversation Started")
        .assert_property_names(&["conversationId"]);
    test.event("Conversation Ended")
        .assert_property_names(&["conversationId", "message_count"]);
    test.events_named("Feedback Submitted")[1].assert_property_names(&["conversationId", "rating"]);
}
