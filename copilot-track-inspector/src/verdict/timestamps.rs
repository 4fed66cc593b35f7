//! Checks a call's timestamps.

use copilot_track_ingest::{JsonObject, JsonValue};

use super::{
    code::FindingCode,
    dates,
    findings::{Severity, Verdict},
};
use crate::timestamp::Timestamp;

/// The maximum clock skew that is not reported, in milliseconds.
const MAX_SKEW_MS: i64 = 60_000;
/// How far in the future an event may be without a finding, in milliseconds.
const MAX_FUTURE_MS: i64 = 10 * 60_000;

/// When a call arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) received_at: Timestamp,
    /// The time of arrival minus `sentAt`, in milliseconds, if `sentAt` is known.
    pub(crate) skew_ms: Option<i64>,
}

/// Returns a call's `timestamp`, if it is valid.
pub(crate) fn timestamp(call: &JsonObject<'_>) -> Option<Timestamp> {
    call.get("timestamp")?.as_str().and_then(Timestamp::parse)
}

/// Checks the form of a call's timestamps. `timestamp` is its [`timestamp`].
pub(super) fn check(call: &JsonObject<'_>, timestamp: Option<Timestamp>, verdict: &mut Verdict) {
    for name in ["timestamp", "sentAt", "originalTimestamp"] {
        let Some(value) = call.get(name).filter(|value| !value.is_null()) else {
            continue;
        };
        let at = match name {
            "timestamp" => timestamp,
            _ => value.as_str().and_then(Timestamp::parse),
        };
        if at.is_none() {
            add_invalid(name, value, verdict);
        }
    }
}

/// Compares a call's `timestamp`, if it is valid, and the sender's clock with the time of arrival.
pub(super) fn check_arrival(timestamp: Option<Timestamp>, arrival: Arrival, verdict: &mut Verdict) {
    if let Some(at) = timestamp {
        check_future(at, arrival, verdict);
    }
    if let Some(skew) = arrival.skew_ms.filter(|skew| skew.abs() > MAX_SKEW_MS) {
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

fn add_invalid(name: &str, value: &JsonValue<'_>, verdict: &mut Verdict) {
    if let Some(form) = dates::serialized_form(name, value) {
        return verdict.add(
            Severity::Warning,
            FindingCode::DateNotText,
            name,
            dates::message(name, form),
        );
    }
    verdict.add(
        Severity::Warning,
        FindingCode::BadTimestamp,
        name,
        format!("`{name}` is not an ISO 8601 time such as 2026-01-02T03:04:05.678Z, so Segment replaces it"),
    );
}

/// Reports an event that happened after it arrived, even if the clocks differ.
fn check_future(at: Timestamp, arrival: Arrival, verdict: &mut Verdict) {
    let corrected = at.0.saturating_add(arrival.skew_ms.unwrap_or_default());
    let ahead = corrected.saturating_sub(arrival.received_at.0);
    if ahead > MAX_FUTURE_MS {
        verdict.add(
            Severity::Warning,
            FindingCode::FutureTimestamp,
            "timestamp",
            format!(
                "`timestamp` is {} in the future; send the time at which the event happened, in UTC",
                duration(ahead)
            ),
        );
    }
}

/// Returns a duration in its largest unit, such as `3 h`.
fn duration(ms: i64) -> String {
    match ms / 60_000 {
        minutes @ 0..120 => format!("{minutes} min"),
        minutes @ 120..2880 => format!("{} h", minutes / 60),
        minutes => format!("{} days", minutes / 1440),
    }
}
