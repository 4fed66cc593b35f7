//! Tests of conversations whose events arrive in different orders.

use serde_json::{Value, json};

use super::{messages, record::ConversationRecord};
use crate::{
    event::model::Event,
    ingest::import::read_lines,
    timestamp::Timestamp,
    verdict::{
        code::FindingCode,
        findings::{Severity, Verdict, VerdictStatus},
    },
};

/// Returns an event that happened `second` seconds after an arbitrary time.
#[expect(clippy::needless_pass_by_value, reason = "`json!` returns values")]
fn event(second: i64, name: &str, properties: Value) -> Event {
    let mut call = json!({
        "type": "track", "event": name, "userId": "u", "messageId": format!("{second} {name} {properties}"),
        "properties": {"conversationId": "c"},
    });
    let own = properties.as_object().unwrap().clone();
    call["properties"].as_object_mut().unwrap().extend(own);
    let mut event = read_lines(std::iter::once(call.to_string().as_str()))
        .remove(0)
        .unwrap();
    event.occurred_at = Timestamp(1_767_323_045_000 + second * 1000);
    event
}

fn message(second: i64, id: &str) -> Event {
    let properties = json!({"messageId": id, "message_body": format!("text of {id}")});
    event(second, "Message Sent", properties)
}

fn identify(user: &str) -> Event {
    Event {
        kind: "identify".into(),
        name: None,
        ..with_user(event(0, "X", json!({})), user)
    }
}

fn with_user(event: Event, user: &str) -> Event {
    Event {
        user_id: Some(user.into()),
        ..event
    }
}

/// Adds events in this order of arrival.
fn record(events: &[Event]) -> ConversationRecord {
    let mut record = ConversationRecord::new("c", &events[0]);
    for (index, event) in events.iter().enumerate() {
        let seq = index as u64 + 1;
        record.add_event(&Event {
            seq,
            ..event.clone()
        });
    }
    record
}

fn codes(verdict: &Verdict) -> Vec<String> {
    let codes = verdict.findings().iter().map(|finding| {
        let code = serde_json::to_value(finding.code()).unwrap();
        code.as_str().unwrap().to_owned()
    });
    codes.collect()
}

/// Asserts the findings on a conversation, for each rotation of its events.
#[track_caller]
fn assert_findings(events: &[Event], expected: &[&str]) {
    for first in 0..events.len() {
        let mut rotated = events.to_vec();
        rotated.rotate_left(first);
        let verdict = record(&rotated).to_summary().verdict;
        assert_eq!(codes(&verdict), expected, "rotated by {first}");
    }
}

fn start() -> Event {
    event(0, "Conversation Started", json!({}))
}

fn end(second: i64, count: u64) -> Event {
    event(
        second,
        "Conversation Ended",
        json!({"message_count": count}),
    )
}

#[test]
fn a_complete_conversation_has_no_findings_in_any_order_of_arrival() {
    let events = [start(), message(1, "a"), message(2, "b"), end(3, 2)];
    assert_findings(&events, &[]);
    let mut reversed = events.to_vec();
    reversed.reverse();
    let summary = record(&reversed).to_summary();
    assert!(summary.is_ended());
    assert_eq!(summary.preview.as_deref(), Some("text of a"));
    assert_eq!(summary.started_at, events[0].occurred_at);
    assert_eq!(summary.last_at, events[3].occurred_at);
}

#[test]
fn missing_and_repeated_boundaries_are_reported() {
    assert_findings(&[message(1, "a")], &["not_started"]);
    let second = event(2, "Conversation Started", json!({}));
    assert_findings(&[start(), message(1, "a"), second], &["started_twice"]);
    assert_findings(
        &[start(), message(1, "a"), end(2, 1), end(3, 1)],
        &["ended_twice"],
    );
    assert_findings(
        &[start(), message(1, "a"), end(2, 1), message(3, "b")],
        &["message_after_end"],
    );
    // A conversation that continues ends again with another count.
    let continued = [
        start(),
        message(1, "a"),
        end(2, 1),
        message(3, "b"),
        end(4, 2),
    ];
    assert_findings(&continued, &[]);
}

#[test]
fn the_message_count_is_compared_if_the_start_is_known() {
    assert_findings(
        &[start(), message(1, "a"), end(2, 3)],
        &["message_count_differs"],
    );
    assert_findings(&[message(1, "a"), end(2, 3)], &["not_started"]);
    // A late message explains the count.
    let mut late = record(&[start(), message(1, "a"), end(3, 2)]);
    assert_eq!(codes(&late.to_summary().verdict), ["message_count_differs"]);
    late.add_event(&Event {
        seq: 9,
        ..message(2, "b")
    });
    assert_eq!(codes(&late.to_summary().verdict), [""; 0]);
    // After an eviction, the counts are too low.
    let mut evicted = record(&[start(), message(1, "a"), message(2, "b"), end(3, 2)]);
    evicted.remove_event(&message(1, "a"));
    assert_eq!(codes(&evicted.to_summary().verdict), [""; 0]);
}

#[test]
fn a_user_may_change_only_with_an_identify_call() {
    let events = [
        start(),
        message(1, "a"),
        with_user(message(2, "b"), "other"),
    ];
    assert_findings(&events[..2], &[]);
    let verdict = record(&events).to_summary().verdict;
    assert_eq!(codes(&verdict), ["user_changed"]);
    assert_eq!(verdict.findings()[0].seq(), Some(3));
    let mut explained = events.to_vec();
    explained.push(identify("other"));
    assert_findings(&explained, &[]);
    let anonymous = Event {
        user_id: None,
        anonymous_id: Some("a".into()),
        ..message(0, "z")
    };
    let mut events = vec![start(), anonymous];
    events[0].user_id = None;
    events[0].anonymous_id = Some("a".into());
    assert_findings(&events, &[]);
    events.push(message(1, "a"));
    assert_findings(&events, &["user_changed"]);
    events.push(identify("u"));
    assert_findings(&events, &[]);
}

#[test]
fn a_conversation_for_one_tool_call_is_reported() {
    let tool = || {
        event(
            1,
            "Action Invoked",
            json!({"type": "t", "action": "a", "messageId": "m"}),
        )
    };
    assert_findings(&[start(), tool()], &["tool_without_message"]);
    assert_findings(&[start(), tool(), message(0, "m")], &[]);
}

#[test]
fn message_ids_are_compared() {
    let check = |events: &[Event], is_complete| {
        let events: Vec<_> = events.iter().cloned().map(std::sync::Arc::new).collect();
        let mut verdict = Verdict::default();
        messages::check(&events, is_complete, &mut verdict);
        codes(&verdict)
    };
    let rating = |id: &str| {
        event(
            5,
            "Feedback Submitted",
            json!({"messageId": id, "rating": 5}),
        )
    };
    let mut other = message(2, "a");
    other.text = Some("another text".into());
    assert_eq!(
        check(&[message(1, "a"), other, rating("b")], true),
        ["conflicting_message", "unknown_message"]
    );
    assert_eq!(
        check(&[message(1, "a"), message(1, "a"), rating("a")], true),
        [""; 0]
    );
    // The message can be among the events that were not read.
    assert_eq!(check(&[rating("b")], false), [""; 0]);
    let many: Vec<_> = (0..100).map(|id| rating(&id.to_string())).collect();
    assert_eq!(check(&many, true).len(), 20);
}

#[test]
fn only_events_of_later_requests_are_late() {
    let in_request = |number, event: Event| {
        let mut event = event;
        std::sync::Arc::make_mut(&mut event.delivery.request).number = number;
        event
    };
    let mut record = record(&[in_request(1, message(5, "a"))]);
    for (request, second, late) in [
        (2, 9, false),
        (2, 7, false),
        (2, 3, true),
        (3, 8, true),
        (3, 9, false),
    ] {
        let event = in_request(request, message(second, "b"));
        assert_eq!(record.timeline.is_late(&event), late, "{request} {second}");
        record.add_event(&event);
    }
}

#[test]
fn a_record_survives_serialization() {
    let before = record(&[start(), message(1, "a"), end(2, 1), identify("u")]);
    let json = serde_json::to_string(&before).unwrap();
    assert_eq!(
        serde_json::from_str::<ConversationRecord>(&json).unwrap(),
        before
    );
}

fn verdict(severity: Option<Severity>) -> Verdict {
    let mut verdict = Verdict::default();
    if let Some(severity) = severity {
        verdict.add(severity, FindingCode::InvalidValue, "", "a finding");
    }
    verdict
}

#[test]
fn the_worst_status_follows_from_the_events_that_are_left() {
    let with = |second, severity| Event {
        verdict: verdict(Some(severity)),
        ..message(second, "m")
    };
    let (error, warning) = (with(1, Severity::Error), with(2, Severity::Warning));
    let mut current = record(&[start(), error.clone(), warning.clone()]);
    // A record of an older database has no counts.
    let mut json = serde_json::to_value(&current).unwrap();
    json.as_object_mut().unwrap().remove("statuses");
    let mut older: ConversationRecord = serde_json::from_value(json).unwrap();
    let state = |record: &ConversationRecord| (record.summary.problems, record.summary.worst);
    assert_eq!(state(&current), (2, VerdictStatus::Error));
    for record in [&mut current, &mut older] {
        record.replace_verdict(&error.verdict, &verdict(Some(Severity::Note)));
    }
    assert_eq!(state(&current), (1, VerdictStatus::Warning));
    assert_eq!(state(&older), (1, VerdictStatus::Error));
    for record in [&mut current, &mut older] {
        record.replace_verdict(&verdict(None), &verdict(Some(Severity::Rejected)));
    }
    assert_eq!(state(&current), (2, VerdictStatus::Rejected));
    assert_eq!(state(&older), (2, VerdictStatus::Rejected));
    current.remove_event(&with(3, Severity::Rejected));
    assert_eq!(state(&current), (1, VerdictStatus::Warning));
    current.remove_event(&warning);
    assert_eq!(state(&current), (0, VerdictStatus::Note));
}
