//! The spec's examples, and how events are compared with them.

use copilot_track::testing::TestTracker;
use copilot_track::{Conversation, ConversationId, User};
use serde_json::{Map, Value};

/// Reads the spec's example of an event. The files contain exact copies from the spec.
pub(crate) fn example(file: &str) -> Value {
    let path = format!("{}/data/spec/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect(&path);
    serde_json::from_str(&text).expect(&path)
}

/// Returns the event that the library sends for an example. Where the spec contradicts itself, the
/// event differs from the example. `contradictions.rs` has a test for each difference.
pub(crate) fn expected(file: &str) -> Value {
    let mut call = example(file);
    let fields = call.as_object_mut().unwrap();
    // The tracking API calls this field `type`.
    let kind = fields.remove("action").unwrap();
    fields.insert("type".into(), kind);
    // The spec's table of properties contains `role`.
    if let Some(role) = fields.remove("role") {
        fields["properties"]["role"] = role;
    }
    call
}

/// Checks the fields that the spec's examples do not show, and removes them.
pub(crate) fn without_envelope(call: &Value) -> Value {
    let mut fields: Map<String, Value> = call.as_object().unwrap().clone();
    let id = fields.remove("messageId").unwrap();
    assert_eq!(id.as_str().unwrap().len(), 36, "an envelope id is a UUID");
    let timestamp = fields.remove("timestamp").unwrap();
    assert!(timestamp.as_str().unwrap().ends_with('Z'));
    let context = fields.remove("context").unwrap();
    assert_eq!(context["library"]["name"], "copilot-track");
    assert_eq!(context.as_object().unwrap().len(), 1);
    Value::Object(fields)
}

/// Compares two values field by field. Numbers compare by value, so `5` equals `5.0`.
#[track_caller]
pub(crate) fn assert_same(actual: &Value, expected: &Value, at: &str) {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            let names = |fields: &Map<String, Value>| fields.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(actual), names(expected), "fields of {at}");
            for (name, value) in expected {
                assert_same(&actual[name], value, &format!("{at}.{name}"));
            }
        }
        (Value::Number(actual), Value::Number(expected)) => {
            assert_eq!(actual.as_f64(), expected.as_f64(), "{at}");
        }
        (actual, expected) => assert_eq!(actual, expected, "{at}"),
    }
}

/// Returns the conversation that most examples use.
pub(crate) fn conversation(test: &TestTracker) -> Conversation {
    conversation_of(test, "1238041hdou", "123")
}

pub(crate) fn conversation_of(test: &TestTracker, id: &str, user: &str) -> Conversation {
    let id = ConversationId::new(id).unwrap();
    test.tracker()
        .conversation_with_id(id, User::known(user).unwrap())
}
