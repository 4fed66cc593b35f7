//! Checks a call against the rules of the tracking API: its type, identity, ids, and size.

use copilot_track_ingest::{CallKind, JsonObject, JsonValue, MAX_CALL_BYTES};

use super::{
    code::FindingCode,
    dates,
    findings::{Severity, Verdict},
    source::FindingSource,
    timestamps::{self, Arrival},
    track,
};
use crate::{text::is_blank, timestamp::Timestamp};

/// The size, in bytes, above which a call is reported as close to the limit.
const NEAR_LIMIT_BYTES: usize = MAX_CALL_BYTES / 10 * 9;
/// The maximum length of an envelope id that Segment accepts, in characters.
pub(crate) const MAX_ENVELOPE_ID_CHARS: usize = 100;

/// Returns the kind of a call. It is the kind that the path specifies or, if the path specifies
/// none, the call's `type`.
pub(crate) fn kind_of<'a>(path: Option<CallKind>, call: &'a JsonObject<'_>) -> &'a str {
    path.map(CallKind::as_str)
        .or_else(|| call.get("type").and_then(JsonValue::as_str))
        .unwrap_or_default()
}

/// Adds the findings about the time at which a call of this kind arrived. `timestamp` is the call's
/// `timestamp`, if it is valid.
pub(crate) fn check_arrival(
    kind: &str,
    timestamp: Option<Timestamp>,
    arrival: Arrival,
    verdict: &mut Verdict,
) {
    if is_kind(kind) {
        timestamps::check_arrival(timestamp, arrival, verdict);
    }
}

/// Adds all findings that depend on this call alone. `timestamp` is the call's `timestamp`, if it
/// is valid.
pub(crate) fn check(
    kind: &str,
    call: &JsonObject<'_>,
    size: usize,
    timestamp: Option<Timestamp>,
    verdict: &mut Verdict,
) {
    if size > MAX_CALL_BYTES {
        verdict.reject(
            FindingCode::TooLarge,
            "",
            format!(
                "the call has {size} bytes; Segment responds with 200 and discards calls over {MAX_CALL_BYTES} bytes"
            ),
        );
    } else if size > NEAR_LIMIT_BYTES {
        verdict.add(
            Severity::Note,
            FindingCode::NearSizeLimit,
            "",
            format!(
                "the call has {size} bytes; Segment discards calls over {MAX_CALL_BYTES} bytes"
            ),
        );
    }
    if !is_kind(kind) {
        return reject_type(kind, call, verdict);
    }
    check_identity(kind, call, verdict);
    check_envelope_id(call, verdict);
    timestamps::check(call, timestamp, verdict);
    match kind {
        "track" => track::check(call, verdict),
        "identify" => check_identify(call, verdict),
        "group" => {
            check_required_id(call, "groupId", "a Group call", verdict);
            check_dates(call, "traits", verdict);
        }
        "page" | "screen" => check_dates(call, "properties", verdict),
        "alias" => check_required_id(call, "previousId", "an Alias call", verdict),
        _ => {}
    }
}

fn is_kind(name: &str) -> bool {
    CallKind::ALL.iter().any(|kind| kind.as_str() == name)
}

fn kind_names() -> String {
    CallKind::ALL.map(CallKind::as_str).join(", ")
}

fn reject_type(kind: &str, call: &JsonObject<'_>, verdict: &mut Verdict) {
    if !kind.is_empty() {
        let kind: String = kind.chars().take(80).collect();
        return verdict.reject(
            FindingCode::UnknownType,
            "type",
            format!("unknown type `{kind}`: expected one of {}", kind_names()),
        );
    }
    let message = match call.get("action").and_then(JsonValue::as_str) {
        Some(action) if is_kind(action) => format!(
            "the spec's examples use `action`, but the tracking API requires `type`; write `\"type\": \"{action}\"`"
        ),
        _ => format!(
            "missing `type`: each call in a batch needs one of {}",
            kind_names()
        ),
    };
    verdict.reject(FindingCode::NoType, "type", message);
}

fn check_identity(kind: &str, call: &JsonObject<'_>, verdict: &mut Verdict) {
    let mut has_identity = false;
    let mut blank = None;
    for name in ["userId", "anonymousId"] {
        match call.get(name) {
            None | Some(JsonValue::Null) => {}
            Some(JsonValue::String(id)) if is_blank(id) => blank = Some(name),
            Some(JsonValue::String(_)) => has_identity = true,
            Some(JsonValue::Number(_)) => {
                has_identity = true;
                verdict.add(
                    Severity::Warning,
                    FindingCode::IdNotString,
                    name,
                    format!("`{name}` is a number, but ids are strings; send it as a string"),
                );
            }
            Some(_) => verdict.add(
                Severity::Warning,
                FindingCode::IdNotString,
                name,
                format!("`{name}` is not a string"),
            ),
        }
    }
    if !has_identity {
        let message = if kind == "alias" {
            "an Alias call needs `userId`, the user's new id"
        } else {
            "the call has neither `userId` nor `anonymousId`; Segment responds with 200 and rejects it"
        };
        verdict.reject(FindingCode::NoIdentity, "userId", message);
    } else if let Some(name) = blank {
        verdict.add_from(
            FindingSource::TrackingApi,
            Severity::Warning,
            FindingCode::InvalidValue,
            name,
            format!("`{name}` is blank; leave it out"),
        );
    }
}

fn check_envelope_id(call: &JsonObject<'_>, verdict: &mut Verdict) {
    let id = match call.get("messageId") {
        Some(JsonValue::String(id)) if !is_blank(id) => id,
        None | Some(JsonValue::Null | JsonValue::String(_)) => {
            return verdict.add(
                Severity::Warning,
                FindingCode::MissingEnvelopeId,
                "messageId",
                "the call has no top-level `messageId`, by which Segment detects duplicates; a retry becomes a second event",
            );
        }
        Some(_) => {
            return verdict.add(
                Severity::Warning,
                FindingCode::IdNotString,
                "messageId",
                "the top-level `messageId` is not a string",
            );
        }
    };
    if id.len() > MAX_ENVELOPE_ID_CHARS && id.chars().count() > MAX_ENVELOPE_ID_CHARS {
        verdict.add(
            Severity::Error,
            FindingCode::IdTooLong,
            "messageId",
            format!("the top-level `messageId` has more than {MAX_ENVELOPE_ID_CHARS} characters"),
        );
    }
    let chat = call.get("properties").and_then(|all| all.get("messageId"));
    if chat.and_then(JsonValue::as_str) == Some(&**id) {
        verdict.add(
            Severity::Error,
            FindingCode::ChatIdAsEnvelopeId,
            "messageId",
            "the top-level `messageId` is the id of the chat message, so Segment keeps only the first event of each message and deletes the others as duplicates; use a UUID for each call",
        );
    }
}

fn check_identify(call: &JsonObject<'_>, verdict: &mut Verdict) {
    if call.contains_key("properties") && !call.contains_key("traits") {
        verdict.add_from(
            FindingSource::TrackingApi,
            Severity::Warning,
            FindingCode::MisplacedProperty,
            "properties",
            "the spec's Identify example uses `properties`, but the tracking API reads `traits`",
        );
    }
    if call
        .get("traits")
        .is_some_and(|traits| traits.as_object().is_none() && !traits.is_null())
    {
        verdict.add_from(
            FindingSource::TrackingApi,
            Severity::Error,
            FindingCode::MistypedProperty,
            "traits",
            "`traits` is not an object",
        );
    }
    check_dates(call, "traits", verdict);
}

fn check_dates(call: &JsonObject<'_>, within: &str, verdict: &mut Verdict) {
    if let Some(JsonValue::Object(members)) = call.get(within) {
        dates::check(within, members, verdict);
    }
}

fn check_required_id(call: &JsonObject<'_>, name: &str, what: &str, verdict: &mut Verdict) {
    let is_id = |id: &JsonValue<'_>| match id {
        JsonValue::String(id) => !is_blank(id),
        id => id.as_number().is_some(),
    };
    if !call.get(name).is_some_and(is_id) {
        verdict.add_from(
            FindingSource::TrackingApi,
            Severity::Rejected,
            FindingCode::MissingProperty,
            name,
            format!("{what} needs `{name}`"),
        );
    }
}
