//! Tests of findings whose source is the tracking API.

use serde_json::{Value, json};

use super::{assert_findings, track, verdict, verdict_with_skew};
use crate::verdict::{code::FindingCode, findings::VerdictStatus};

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
    assert!(!skewed.has(FindingCode::FutureTimestamp));
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
