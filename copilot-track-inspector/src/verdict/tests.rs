//! Tests of calls and their findings.

use serde_json::{Map, Value, json};

use super::{
    call::{check, kind_of},
    findings::{Verdict, VerdictStatus},
};

fn verdict(call: &Value) -> Verdict {
    let mut verdict = Verdict::default();
    let call: &Map<String, Value> = call.as_object().unwrap();
    check(&kind_of(None, call), call, 100, None, &mut verdict);
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
    // A misspelled event is checked as the event that was probably meant.
    assert_findings(
        &track(
            "messageSent",
            json!({"conversationId": "c", "messageId": "m"}),
        ),
        VerdictStatus::Error,
        &[
            "misspelled_event event",
            "missing_property properties.message_body",
        ],
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
            "misspelled_property properties.conversation_id",
            "mistyped_property properties.messageId",
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
            "reserved_property properties.id",
            "reserved_property properties.revenue",
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
        &["id_not_string userId", "no_identity userId"],
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
    assert_findings(
        &call("identify", json!({"traits": 5})),
        VerdictStatus::Error,
        &["mistyped_property traits"],
    );
}
