//! Tests of calls and their findings.

use serde_json::{Map, Value, json};

use super::{
    call::{check, kind_of},
    findings::{Verdict, VerdictStatus},
    source::FindingSource,
    timestamps::Arrival,
};
use crate::timestamp::Timestamp;

fn verdict(call: &Value) -> Verdict {
    verdict_with_skew(call, None)
}

/// Returns the verdict on a call that arrives at 2026-01-02T03:04:05Z.
fn verdict_with_skew(call: &Value, skew_ms: Option<i64>) -> Verdict {
    let mut verdict = Verdict::default();
    let call: &Map<String, Value> = call.as_object().unwrap();
    let arrival = Arrival {
        received_at: Timestamp(1_767_323_045_000),
        skew_ms,
    };
    check(&kind_of(None, call), call, 100, arrival, &mut verdict);
    verdict
}

/// Asserts the status of a call, and the codes and paths of its findings.
#[track_caller]
fn assert_findings(call: &Value, status: VerdictStatus, findings: &[&str]) {
    let verdict = verdict(call);
    let all: Vec<_> = verdict
        .findings
        .iter()
        .map(|finding| {
            let code = serde_json::to_value(finding.code).unwrap();
            format!("{} {}", code.as_str().unwrap(), finding.path)
        })
        .collect();
    assert_eq!(all, findings, "{call}");
    assert_eq!(verdict.status, status, "{call}");
}

/// Returns a valid Track call with these properties.
#[expect(clippy::needless_pass_by_value, reason = "`json!` returns values")]
fn track(event: &str, properties: Value) -> Value {
    json!({"type": "track", "event": event, "userId": "u", "messageId": "envelope", "properties": properties})
}

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
fn reserved_property_names_are_reported() {
    let properties = json!({"conversationId": "c", "revenue": "19.99", "currency": "dollars", "value": 5, "id": "x"});
    assert_findings(
        &track("Order Placed", properties),
        VerdictStatus::Warning,
        &[
            "reserved_property properties.currency",
            "reserved_property properties.revenue",
            "reserved_property properties.id",
        ],
    );
    let valid = json!({"conversationId": "c", "revenue": 19.99, "currency": "USD"});
    assert_findings(&track("Order Placed", valid), VerdictStatus::Ok, &[]);
}

#[test]
fn ids_and_timestamps_are_checked() {
    let with_property = |name: &str, value: Value| {
        let mut call = track("Conversation Started", json!({"conversationId": "c"}));
        call[name] = value;
        call
    };
    assert_findings(
        &with_property("messageId", json!(null)),
        VerdictStatus::Warning,
        &["missing_envelope_id messageId"],
    );
    assert_findings(
        &with_property("messageId", json!("")),
        VerdictStatus::Warning,
        &["missing_envelope_id messageId"],
    );
    assert_findings(
        &with_property("messageId", json!(5)),
        VerdictStatus::Warning,
        &["id_not_string messageId"],
    );
    assert_findings(
        &with_property("messageId", json!("é".repeat(100))),
        VerdictStatus::Ok,
        &[],
    );
    assert_findings(
        &with_property("messageId", json!("é".repeat(101))),
        VerdictStatus::Error,
        &["id_too_long messageId"],
    );
    assert_findings(
        &with_property("userId", json!("")),
        VerdictStatus::Rejected,
        &["no_identity userId"],
    );
    assert_findings(
        &with_property("userId", json!(5)),
        VerdictStatus::Warning,
        &["id_not_string userId"],
    );
    assert_findings(
        &with_property("userId", json!([])),
        VerdictStatus::Rejected,
        &["no_identity userId", "id_not_string userId"],
    );
    assert_findings(
        &with_property("anonymousId", json!("a")),
        VerdictStatus::Ok,
        &[],
    );
    assert_findings(
        &with_property("timestamp", json!("2026-01-02T03:04:05.678Z")),
        VerdictStatus::Ok,
        &[],
    );
    assert_findings(
        &with_property("timestamp", json!("yesterday")),
        VerdictStatus::Warning,
        &["bad_timestamp timestamp"],
    );
    assert_findings(
        &with_property("timestamp", json!(1_767_323_045)),
        VerdictStatus::Warning,
        &["bad_timestamp timestamp"],
    );
    assert_findings(
        &with_property("type", json!("shout")),
        VerdictStatus::Rejected,
        &["unknown_type type"],
    );
    let mut chat = track(
        "Message Sent",
        json!({"conversationId": "c", "messageId": "m", "message_body": "x"}),
    );
    chat["messageId"] = "m".into();
    assert_findings(
        &chat,
        VerdictStatus::Error,
        &["chat_id_as_envelope_id messageId"],
    );
}

#[test]
fn calls_other_than_track_are_checked() {
    let call = |kind: &str, more: Value| {
        let mut call = json!({"type": kind, "userId": "u", "messageId": "e"});
        call.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        call
    };
    for kind in ["page", "screen"] {
        assert_findings(&call(kind, json!({})), VerdictStatus::Ok, &[]);
    }
    assert_findings(
        &call("group", json!({"groupId": "g"})),
        VerdictStatus::Ok,
        &[],
    );
    assert_findings(
        &call("group", json!({})),
        VerdictStatus::Rejected,
        &["missing_property groupId"],
    );
    assert_findings(
        &call("alias", json!({"previousId": "p"})),
        VerdictStatus::Ok,
        &[],
    );
    assert_findings(
        &call("alias", json!({})),
        VerdictStatus::Rejected,
        &["missing_property previousId"],
    );
    // Segment links the two ids, so both are required.
    let alias = json!({"type": "alias", "messageId": "e"});
    assert_findings(
        &alias,
        VerdictStatus::Rejected,
        &["no_identity userId", "missing_property previousId"],
    );
    for (kind, name) in [("alias", "previousId"), ("group", "groupId")] {
        assert_findings(
            &call(kind, json!({name: " "})),
            VerdictStatus::Rejected,
            &[&format!("missing_property {name}")],
        );
    }
    assert_findings(
        &call("identify", json!({"traits": 5})),
        VerdictStatus::Error,
        &["mistyped_property traits"],
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

#[test]
fn future_times_and_serialized_dates_are_reported() {
    let at = |timestamp: Value| {
        let mut call = track("Conversation Started", json!({"conversationId": "c"}));
        call["timestamp"] = timestamp;
        call
    };
    let future = at(json!("2026-01-02T05:04:05Z"));
    assert_findings(
        &future,
        VerdictStatus::Warning,
        &["future_timestamp timestamp"],
    );
    assert!(verdict(&future).findings[0].message.contains("2 h"));
    assert_findings(
        &at(json!("9999-12-31")),
        VerdictStatus::Warning,
        &["future_timestamp timestamp"],
    );
    // The sender's clock is two hours ahead, which Segment corrects.
    let skewed = verdict_with_skew(&future, Some(-2 * 3_600_000));
    assert!(!skewed.has(super::code::FindingCode::FutureTimestamp));
    let numbers = json!([2026, 2, 3, 4, 5, 0, 0, 0, 0]);
    assert_findings(
        &at(numbers.clone()),
        VerdictStatus::Warning,
        &["date_not_text timestamp"],
    );
    let properties =
        json!({"conversationId": "c", "due_at": numbers, "paid": {"secs_since_epoch": 1}});
    assert_findings(
        &track("Order Placed", properties),
        VerdictStatus::Warning,
        &[
            "date_not_text properties.due_at",
            "date_not_text properties.paid",
        ],
    );
}

#[test]
fn each_finding_has_a_source_and_the_worst_comes_first() {
    let mut call = track(
        "Message Sent",
        json!({"conversationId": "c", "messageId": "m", "id": 1, "Message_Body": "x"}),
    );
    call["userId"] = "".into();
    let verdict = verdict(&call);
    let found: Vec<_> = verdict
        .findings
        .iter()
        .map(|finding| (finding.severity.as_str(), finding.source))
        .collect();
    assert_eq!(
        found,
        [
            ("rejected", FindingSource::TrackingApi),
            ("warning", FindingSource::Spec),
            ("note", FindingSource::Spec),
            ("note", FindingSource::Warehouse),
        ]
    );
    let json = serde_json::to_value(&verdict).unwrap();
    assert_eq!(json["findings"][0]["source"], "tracking_api");
    assert_eq!(
        verdict.findings[0].to_string().split(": ").next(),
        Some("rejected (Tracking API)")
    );
}
