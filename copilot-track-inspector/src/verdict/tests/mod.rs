//! Tests of calls and their findings, by the source of the findings.

mod spec;
mod tracking_api;
mod warehouse;

use copilot_track_ingest::Call;
use serde_json::{Value, json};

use super::{
    call::{check, check_arrival, kind_of},
    findings::{Verdict, VerdictStatus},
    source::FindingSource,
    timestamps::{Arrival, timestamp},
};
use crate::timestamp::Timestamp;

fn verdict(call: &Value) -> Verdict {
    verdict_with_skew(call, None)
}

/// Returns the verdict on a call that arrives at 2026-01-02T03:04:05Z.
fn verdict_with_skew(call: &Value, skew_ms: Option<i64>) -> Verdict {
    let mut verdict = Verdict::default();
    let json = call.to_string();
    let call = Call::new(&json);
    let parsed = call.parse().unwrap();
    let call = parsed.members();
    let arrival = Arrival {
        received_at: Timestamp(1_767_323_045_000),
        skew_ms,
    };
    let (kind, timestamp) = (kind_of(None, call), timestamp(call));
    check(kind, call, 100, timestamp, &mut verdict);
    check_arrival(kind, timestamp, arrival, &mut verdict);
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
