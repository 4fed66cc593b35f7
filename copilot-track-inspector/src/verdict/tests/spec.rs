//! Tests of findings whose source is the spec.

use serde_json::{Value, json};

use super::{assert_findings, track, verdict};
use crate::verdict::findings::VerdictStatus;

#[test]
fn contradictions_in_the_spec_are_reported() {
    // An example in the spec has `action` instead of `type`.
    let as_written = json!({"userId": "1", "action": "track", "event": "Conversation Started", "properties": {"conversationId": "c"}});
    assert_findings(&as_written, VerdictStatus::Rejected, &["no_type type"]);
    assert!(
        verdict(&as_written).findings[0]
            .message
            .contains("\"type\": \"track\"")
    );
    // An example in the spec has `role` outside `properties`.
    let mut received = track(
        "Message Received",
        json!({"conversationId": "c", "messageId": "m", "message_body": "b"}),
    );
    received["role"] = "ai_agent".into();
    assert_findings(
        &received,
        VerdictStatus::Warning,
        &["misplaced_property role"],
    );
    // Only the spec's overview table lists `message_count`.
    assert_findings(
        &track("Conversation Ended", json!({"conversationId": "c"})),
        VerdictStatus::Note,
        &["missing_property properties.message_count"],
    );
    // An Identify example in the spec has `properties` instead of `traits`.
    let identify = json!({"type": "identify", "userId": "1", "messageId": "e", "properties": {}});
    assert_findings(
        &identify,
        VerdictStatus::Warning,
        &["misplaced_property properties"],
    );
    // The spec uses both names for this event.
    let component = json!({"conversationId": "c", "messageId": "m", "type": "Chart"});
    for name in ["Component Loaded", "Custom Component Loaded"] {
        assert_findings(&track(name, component.clone()), VerdictStatus::Ok, &[]);
    }
    // A rating may be an integer, and may apply to the whole conversation.
    for rating in [json!(5), json!(5.0)] {
        let properties = json!({"conversationId": "c", "messageId": "m", "rating": rating});
        assert_findings(
            &track("Feedback Submitted", properties),
            VerdictStatus::Ok,
            &[],
        );
    }
    let whole = track(
        "Feedback Submitted",
        json!({"conversationId": "c", "rating": 5}),
    );
    assert_findings(
        &whole,
        VerdictStatus::Note,
        &["missing_property properties.messageId"],
    );
}

#[test]
fn wrong_properties_are_reported() {
    let sent = |properties| track("Message Sent", properties);
    let all =
        json!({"conversationId": "c", "messageId": "m", "message_body": "", "role": "customer"});
    assert_findings(&sent(all.clone()), VerdictStatus::Ok, &[]);
    assert_findings(
        &sent(json!({})),
        VerdictStatus::Error,
        &[
            "missing_property properties.conversationId",
            "missing_property properties.messageId",
            "missing_property properties.message_body",
        ],
    );
    assert_findings(
        &sent(
            json!({"conversation_id": "c", "MessageID": "m", "messageBody": "x", "Role": "customer"}),
        ),
        VerdictStatus::Warning,
        &[
            "misspelled_property properties.MessageID",
            "misspelled_property properties.Role",
            "misspelled_property properties.conversation_id",
            "misspelled_property properties.messageBody",
        ],
    );
    assert_findings(
        &sent(json!({"conversationId": 5, "messageId": "", "message_body": ["x"], "role": null})),
        VerdictStatus::Error,
        &[
            "mistyped_property properties.conversationId",
            "missing_property properties.messageId",
            "mistyped_property properties.message_body",
        ],
    );
    // Additional properties cause only notes, even if a name resembles one that is present.
    let mut more = all;
    more["duration_ms"] = 5.into();
    more["messageBody"] = "x".into();
    assert_findings(
        &sent(more),
        VerdictStatus::Note,
        &[
            "unplanned_property properties.duration_ms",
            "unplanned_property properties.messageBody",
        ],
    );
    assert_findings(
        &sent(json!("text")),
        VerdictStatus::Error,
        &["mistyped_property properties"],
    );
    let feedback = track(
        "Feedback Submitted",
        json!({"conversationId": "c", "messageId": "m", "rating": "5"}),
    );
    assert_findings(
        &feedback,
        VerdictStatus::Error,
        &["mistyped_property properties.rating"],
    );
}

#[test]
fn wrong_event_names_are_reported_and_custom_events_are_allowed() {
    let properties = json!({"conversationId": "c", "messageId": "m", "message_body": "x"});
    for name in ["message_sent", "Message sent", "Mesage Sent"] {
        assert_findings(
            &track(name, properties.clone()),
            VerdictStatus::Warning,
            &["misspelled_event event"],
        );
    }
    // The guess can be wrong, so the event is not checked as the event that was probably meant.
    let call = track("messageSent", json!({"rating": "5"}));
    assert_findings(&call, VerdictStatus::Warning, &["misspelled_event event"]);
    assert!(
        verdict(&call).findings[0]
            .message
            .ends_with("did you mean `Message Sent`?")
    );
    for name in [json!(""), json!("  "), json!(null), json!(5)] {
        let mut call = track("", properties.clone());
        call["event"] = name;
        assert_findings(&call, VerdictStatus::Rejected, &["missing_event event"]);
    }
    assert_findings(
        &track("Order Placed", json!({"conversationId": "c"})),
        VerdictStatus::Ok,
        &[],
    );
    assert_findings(
        &track("Order Placed", json!({})),
        VerdictStatus::Note,
        &["missing_property properties.conversationId"],
    );
    assert_findings(
        &track(
            "Order Placed",
            json!({"conversation_id": "c", "messageId": 5}),
        ),
        VerdictStatus::Error,
        &[
            "mistyped_property properties.messageId",
            "misspelled_property properties.conversation_id",
        ],
    );
}

#[test]
fn the_type_and_action_of_the_call_itself_are_not_properties() {
    let tool = |properties| {
        let mut call = track("Action Invoked", properties);
        call["properties"]["conversationId"] = "c".into();
        call["properties"]["messageId"] = "m".into();
        call
    };
    let call = tool(json!({"action": "look up"}));
    assert_findings(
        &call,
        VerdictStatus::Error,
        &["missing_property properties.type"],
    );
    assert_eq!(
        verdict(&call).findings[0].message,
        "Action Invoked needs `type`"
    );
    // The spec's examples contain `action` in place of `type`.
    let mut call = tool(json!({"type": "Order"}));
    call["action"] = "track".into();
    assert_findings(
        &call,
        VerdictStatus::Error,
        &["missing_property properties.action"],
    );
    call["action"] = "look up".into();
    assert_findings(
        &call,
        VerdictStatus::Warning,
        &["misplaced_property action"],
    );
}

#[test]
fn other_words_for_the_message_body_are_questions() {
    for name in ["text", "body", "content"] {
        let call = track(
            "Message Sent",
            json!({"conversationId": "c", "messageId": "m", name: "hello"}),
        );
        assert_findings(
            &call,
            VerdictStatus::Warning,
            &[&format!("misspelled_property properties.{name}")],
        );
        let mut call = call;
        call["properties"]["message_body"] = "hello".into();
        assert_findings(
            &call,
            VerdictStatus::Note,
            &[&format!("unplanned_property properties.{name}")],
        );
    }
}

#[test]
fn opt_in_properties_are_planned_and_checked() {
    let received = |more: Value| {
        let mut call = track(
            "Message Received",
            json!({"conversationId": "c", "messageId": "m", "message_body": "b"}),
        );
        let properties = call["properties"].as_object_mut().unwrap();
        properties.extend(more.as_object().unwrap().clone());
        call
    };
    let planned = json!({"duration_ms": 12.5, "model": "m-2", "input_tokens": 10, "cost_usd": 0});
    assert_findings(&received(planned), VerdictStatus::Ok, &[]);
    for (more, status, finding) in [
        (
            json!({"model": 5}),
            VerdictStatus::Error,
            "mistyped_property properties.model",
        ),
        (
            json!({"input_tokens": -1}),
            VerdictStatus::Error,
            "invalid_value properties.input_tokens",
        ),
        (
            json!({"input_tokens": 1.5}),
            VerdictStatus::Error,
            "invalid_value properties.input_tokens",
        ),
        (
            json!({"duration_ms": -1}),
            VerdictStatus::Warning,
            "invalid_value properties.duration_ms",
        ),
        (
            json!({"outcome": "ok"}),
            VerdictStatus::Note,
            "unplanned_property properties.outcome",
        ),
    ] {
        assert_findings(&received(more), status, &[finding]);
    }
}

#[test]
fn counts_ids_and_roles_are_checked() {
    for (count, valid) in [
        (json!(0), true),
        (json!(4.0), true),
        (json!(-1), false),
        (json!(1.5), false),
    ] {
        let call = track(
            "Conversation Ended",
            json!({"conversationId": "c", "message_count": count}),
        );
        if valid {
            assert_findings(&call, VerdictStatus::Ok, &[]);
        } else {
            assert_findings(
                &call,
                VerdictStatus::Error,
                &["invalid_value properties.message_count"],
            );
        }
    }
    let blank = json!({"conversationId": " ", "messageId": "\t", "message_body": " ", "role": ""});
    assert_findings(
        &track("Message Sent", blank),
        VerdictStatus::Error,
        &[
            "missing_property properties.conversationId",
            "missing_property properties.messageId",
            "invalid_value properties.role",
        ],
    );
    assert_findings(
        &track("Order Placed", json!({"conversationId": " "})),
        VerdictStatus::Error,
        &["missing_property properties.conversationId"],
    );
    let mut call = track("Conversation Started", json!({"conversationId": "c"}));
    call["userId"] = " ".into();
    assert_findings(&call, VerdictStatus::Rejected, &["no_identity userId"]);
    call["anonymousId"] = "a".into();
    assert_findings(&call, VerdictStatus::Warning, &["invalid_value userId"]);
}
