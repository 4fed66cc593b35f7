//! A call against the rules of the tracking API: type, identity, ids, size, times.

use copilot_track_ingest::{CallKind, MAX_CALL_BYTES};
use serde_json::{Map, Value};

use super::{
    findings::{FindingCode, Severity, Verdict},
    times, track,
};

/// From here on, an event is near that.
const NEAR_LIMIT_BYTES: usize = MAX_CALL_BYTES / 10 * 9;
/// The most characters that an envelope's id may have.
pub(crate) const MAX_ENVELOPE_ID_CHARS: usize = 100;

/// What kind of call it is: by the path that it was posted to, or else by its own `type`.
pub(crate) fn kind_of(path: Option<CallKind>, call: &Map<String, Value>) -> String {
    path.map(CallKind::as_str)
        .or_else(|| call.get("type").and_then(Value::as_str))
        .unwrap_or_default()
        .to_owned()
}

/// Everything that one call alone can tell.
pub(crate) fn check(
    kind: &str,
    call: &Map<String, Value>,
    size: usize,
    skew_ms: Option<i64>,
    verdict: &mut Verdict,
) {
    if size > MAX_CALL_BYTES {
        verdict.reject(
            FindingCode::TooLarge,
            "",
            format!(
                "it has {size} bytes; Segment answers 200 and keeps no event over {MAX_CALL_BYTES}"
            ),
        );
    } else if size > NEAR_LIMIT_BYTES {
        verdict.add(
            Severity::Note,
            FindingCode::NearSizeLimit,
            "",
            format!("it has {size} bytes, and Segment keeps none over {MAX_CALL_BYTES}"),
        );
    }
    if !is_kind(kind) {
        return reject_type(kind, call, verdict);
    }
    check_identity(kind, call, verdict);
    check_envelope_id(call, verdict);
    times::check(call, skew_ms, verdict);
    match kind {
        "track" => track::check(call, verdict),
        "identify" => check_identify(call, verdict),
        "group" => check_required_id(call, "groupId", "a Group call", verdict),
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

fn reject_type(kind: &str, call: &Map<String, Value>, verdict: &mut Verdict) {
    if !kind.is_empty() {
        let kind: String = kind.chars().take(80).collect();
        return verdict.reject(
            FindingCode::UnknownType,
            "type",
            format!(
                "there is no call of type `{kind}`; there are {}",
                kind_names()
            ),
        );
    }
    let message = match call.get("action").and_then(Value::as_str) {
        Some(action) if is_kind(action) => format!(
            "the spec's examples have `action`, the tracking API has `type`: write `\"type\": \"{action}\"`"
        ),
        _ => format!("an event in a batch needs its own `type`: {}", kind_names()),
    };
    verdict.reject(FindingCode::NoType, "type", message);
}

fn check_identity(kind: &str, call: &Map<String, Value>, verdict: &mut Verdict) {
    let mut anyone = false;
    for name in ["userId", "anonymousId"] {
        match call.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::String(id)) => anyone |= !id.is_empty(),
            Some(Value::Number(_)) => {
                anyone = true;
                verdict.add(
                    Severity::Warning,
                    FindingCode::IdNotString,
                    name,
                    format!("`{name}` is a number; ids are strings, or two that look alike are told apart"),
                );
            }
            Some(_) => verdict.add(
                Severity::Warning,
                FindingCode::IdNotString,
                name,
                format!("`{name}` is no string"),
            ),
        }
    }
    if !anyone && kind != "alias" {
        verdict.reject(
            FindingCode::NoIdentity,
            "userId",
            "it has neither `userId` nor `anonymousId`; Segment answers 200 and rejects it",
        );
    }
}

fn check_envelope_id(call: &Map<String, Value>, verdict: &mut Verdict) {
    let id = match call.get("messageId") {
        Some(Value::String(id)) if !id.is_empty() => id,
        None | Some(Value::Null | Value::String(_)) => {
            return verdict.add(
                Severity::Warning,
                FindingCode::MissingEnvelopeId,
                "messageId",
                "the call has no top-level `messageId`, by which Segment tells duplicates: a retry becomes a second event",
            );
        }
        Some(_) => {
            return verdict.add(
                Severity::Warning,
                FindingCode::IdNotString,
                "messageId",
                "the top-level `messageId` is no string",
            );
        }
    };
    if id.chars().count() > MAX_ENVELOPE_ID_CHARS {
        verdict.add(
            Severity::Error,
            FindingCode::IdTooLong,
            "messageId",
            format!("the top-level `messageId` has over {MAX_ENVELOPE_ID_CHARS} characters"),
        );
    }
    let chat = call.get("properties").and_then(|all| all.get("messageId"));
    if chat.and_then(Value::as_str) == Some(id) {
        verdict.add(
            Severity::Error,
            FindingCode::ChatIdAsEnvelopeId,
            "messageId",
            "the chat message's id stands in the call's own `messageId` too: Segment takes all but the first event on that message for duplicates and deletes them; give each call a UUID",
        );
    }
}

fn check_identify(call: &Map<String, Value>, verdict: &mut Verdict) {
    if call.contains_key("properties") && !call.contains_key("traits") {
        verdict.add(
            Severity::Warning,
            FindingCode::MisplacedProperty,
            "properties",
            "the spec's example of Identify says `properties`; the tracking API reads `traits`",
        );
    }
    if call
        .get("traits")
        .is_some_and(|traits| !traits.is_object() && !traits.is_null())
    {
        verdict.add(
            Severity::Error,
            FindingCode::MistypedProperty,
            "traits",
            "`traits` is no object",
        );
    }
}

fn check_required_id(call: &Map<String, Value>, name: &str, what: &str, verdict: &mut Verdict) {
    if !call
        .get(name)
        .is_some_and(|id| id.is_string() || id.is_number())
    {
        verdict.reject(
            FindingCode::MissingProperty,
            name,
            format!("{what} needs `{name}`"),
        );
    }
}
