//! Checks a call's timestamps.

use serde_json::{Map, Value};

use super::findings::{FindingCode, Severity, Verdict};
use crate::timestamp::Timestamp;

/// The maximum clock skew that is not reported, in milliseconds.
const MAX_SKEW_MS: i64 = 60_000;

pub(super) fn check(call: &Map<String, Value>, skew_ms: Option<i64>, verdict: &mut Verdict) {
    for name in ["timestamp", "sentAt", "originalTimestamp"] {
        let Some(value) = call.get(name).filter(|value| !value.is_null()) else {
            continue;
        };
        if value.as_str().and_then(Timestamp::parse).is_none() {
            verdict.add(
                Severity::Warning,
                FindingCode::BadTimestamp,
                name,
                format!("`{name}` is not an ISO 8601 time such as 2026-01-02T03:04:05.678Z, so Segment replaces it"),
            );
        }
    }
    if let Some(skew) = skew_ms.filter(|skew| skew.abs() > MAX_SKEW_MS) {
        let (seconds, direction) = (
            skew.abs() / 1000,
            if skew > 0 { "behind" } else { "ahead of" },
        );
        verdict.add(
            Severity::Warning,
            FindingCode::ClockSkew,
            "sentAt",
            format!("the sender's clock is {seconds} s {direction} this machine's, or the request was delayed; Segment shifts `timestamp` by this difference"),
        );
    }
}
