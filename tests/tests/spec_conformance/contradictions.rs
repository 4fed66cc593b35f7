//! One test for each contradiction in the spec. The name of a test states the behavior that the
//! library chose.

use copilot_track::spec::MessageSent;
use copilot_track::testing::TestTracker;
use copilot_track::{TrackEvent as _, User};

use crate::spec_examples::{conversation, example};

#[test]
fn the_kind_of_call_is_in_type_and_not_in_action() {
    assert_eq!(example("message_sent.json")["action"], "track");
    let test = TestTracker::new();
    conversation(&test).message_sent("Hello");
    test.tracker().identify(&User::known("123").unwrap());
    for (event, kind) in [("Message Sent", "track"), ("Identify", "identify")] {
        let json = test.event(event).json();
        assert_eq!(json["type"], kind);
        assert_eq!(json.get("action"), None);
    }
}

#[test]
fn role_is_inside_properties() {
    let example = example("message_received.json");
    assert_eq!(example["role"], "agent");
    assert_eq!(example["properties"].get("role"), None);
    let test = TestTracker::new();
    conversation(&test).message_received("Hi");
    let event = test.event("Message Received");
    event.assert_property("role", "agent");
    assert_eq!(event.json().get("role"), None);
}

#[test]
fn message_count_is_sent() {
    let example = example("conversation_ended.json");
    assert_eq!(example["properties"].get("message_count"), None);
    let test = TestTracker::new();
    let conversation = conversation(&test);
    conversation.turn("Hello").message_received("Hi");
    conversation.end();
    test.event("Conversation Ended")
        .assert_property("message_count", 2);
}

#[test]
fn every_message_of_the_user_is_sent() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    for _ in 0..3 {
        conversation.message_sent("Hello");
    }
    test.assert_names(&[
        "Conversation Started",
        "Message Sent",
        "Message Sent",
        "Message Sent",
    ]);
}

#[test]
fn identify_has_traits_and_no_properties() {
    let path = format!("{}/data/spec/identify.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains("\"properties\":"));
    assert!(
        serde_json::from_str::<serde_json::Value>(&text).is_err(),
        "the spec's example is valid JSON"
    );
    let kit = TestTracker::new();
    conversation(&kit).identify_with(
        &User::known("123").unwrap(),
        &serde_json::json!({"plan": "pro"}),
    );
    let json = kit.event("Identify").json();
    assert_eq!(json["traits"], serde_json::json!({"plan": "pro"}));
    assert_eq!(json.get("properties"), None);
}

#[test]
fn a_component_can_be_sent_under_either_event_name() {
    let test = TestTracker::new();
    let turn = conversation(&test).turn("Show me");
    turn.component_loaded("Chart");
    turn.custom_component_loaded("Chart");
    let ours = test.event("Component Loaded");
    let other = test.event("Custom Component Loaded");
    assert_eq!(ours.properties(), other.properties());
}

#[test]
fn the_envelope_id_is_never_a_chat_message_id() {
    let test = TestTracker::new();
    let conversation = conversation(&test);
    let turn = conversation.turn_with(MessageSent::new("Hello").message_id("msg123"));
    turn.action_invoked("t", "a");
    turn.message_received("Hi");
    turn.rate(5);
    conversation.end();
    let events = test.events();
    let mut envelopes = std::collections::BTreeSet::new();
    for event in &events {
        let envelope = event.envelope_id().unwrap();
        assert!(
            envelopes.insert(envelope.to_owned()),
            "{envelope} is used twice"
        );
        assert_ne!(envelope, "msg123");
        for other in &events {
            assert_ne!(other.message_id(), Some(envelope));
        }
    }
}
