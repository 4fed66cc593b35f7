//! Creates an event, with its verdict, from one call.

use std::sync::Arc;

use compact_str::CompactString;
use copilot_track_ingest::{Call, CallError, ParsedCall, redact_write_keys};
use serde_json::Value;

use crate::{
    event::{
        fields::{empty_event, event_from_call, occurred_at},
        model::{DeliveryRequest, Event},
    },
    text::truncated,
    timestamp::Timestamp,
    verdict::{
        call::{check, kind_of},
        code::FindingCode,
        findings::{Severity, Verdict},
        plan::loaded::LoadedPlan,
        timestamps::Arrival,
    },
};

/// The maximum length of an excerpt of invalid JSON, in bytes.
const MAX_EXCERPT_BYTES: usize = 4096;
/// The maximum length of the path in a finding about a duplicate key, in bytes.
const MAX_PATH_BYTES: usize = 200;

/// Data that the calls of a request share.
pub(crate) struct CallContext<'a> {
    pub(crate) received_at: Timestamp,
    pub(crate) request: &'a Arc<DeliveryRequest>,
    /// The client library in the batch's `context`.
    pub(crate) library: Option<CompactString>,
    pub(crate) plan: Option<&'a LoadedPlan>,
    /// Whether the events are sent to a live stream.
    pub(crate) is_watched: bool,
}

/// Creates an event from a call and checks it.
pub(crate) fn read(call: &Call<'_>, index: usize, context: &CallContext<'_>) -> Event {
    let mut verdict = Verdict::default();
    if call.has_replaced_surrogates() {
        verdict.add(
            Severity::Warning,
            FindingCode::BadText,
            "",
            "a string contains half of a surrogate pair, which happens if text is truncated inside an emoji; the inspector shows it as U+FFFD",
        );
    }
    let json = call.json();
    let mut event = match call.parse() {
        Ok(parsed) => {
            let arrival = Arrival {
                received_at: context.received_at,
                skew_ms: context.request.skew_ms,
            };
            let kind = kind_of(call.endpoint_kind(), parsed.members());
            check(kind, parsed.members(), json.len(), arrival, &mut verdict);
            add_duplicate_keys(&parsed, &mut verdict);
            if let Some(plan) = context.plan {
                plan.check(kind, parsed.members(), &mut verdict);
            }
            let mut event = event_from_call(
                kind,
                parsed.members(),
                json,
                context.received_at,
                context.request,
            );
            if context.is_watched {
                event.build_brief(parsed.members(), json);
            }
            event.occurred_at = occurred_at(
                event.timestamp.as_deref(),
                arrival.skew_ms,
                context.received_at,
            );
            event
        }
        Err(error) => {
            match error {
                CallError::NotAnObject => {
                    verdict.reject(FindingCode::NotAnObject, "", "a call must be a JSON object");
                }
                CallError::TooDeep => verdict.reject(
                    FindingCode::TooDeep,
                    "",
                    "the call is nested more than 127 levels deep; most of Segment's destinations cannot read it",
                ),
                error => verdict.reject(FindingCode::BadJson, "", error.to_string()),
            }
            empty_event(context.received_at, context.request)
        }
    };
    event.raw = if verdict.has(FindingCode::TooDeep) || verdict.has(FindingCode::BadJson) {
        excerpt(json)
    } else {
        call.redacted_json().into_owned()
    };
    event.delivery.index = index;
    event.size_bytes = json.len();
    verdict.finish();
    event.verdict = verdict;
    if event.delivery.library.is_none() {
        event.delivery.library.clone_from(&context.library);
    }
    event
}

/// Adds a finding about each key that occurs twice in one object.
pub(super) fn add_duplicate_keys(call: &ParsedCall<'_>, verdict: &mut Verdict) {
    for path in call.duplicate_keys() {
        add_duplicate_key(path, verdict);
    }
}

fn add_duplicate_key(path: &str, verdict: &mut Verdict) {
    let path = truncated(path, MAX_PATH_BYTES);
    let name = path.rsplit('.').next().unwrap_or_default();
    verdict.add(
        Severity::Warning,
        FindingCode::DuplicateKey,
        path,
        format!(
            "`{name}` occurs twice in one object, so one of its values is lost; the inspector and most parsers keep the last one, but Segment or its destinations may keep another"
        ),
    );
}

/// Creates an event for a request that was rejected as a whole.
pub(crate) fn rejected_request(
    body: &[u8],
    code: FindingCode,
    message: &str,
    context: &CallContext<'_>,
) -> Event {
    let mut event = empty_event(context.received_at, context.request);
    event.kind = "request".into();
    event.size_bytes = body.len();
    let head = body
        .get(..MAX_EXCERPT_BYTES.min(body.len()))
        .unwrap_or_default();
    event.raw = excerpt(&String::from_utf8_lossy(head));
    event.verdict.reject(code, "", message);
    event
}

/// Returns the beginning of invalid JSON as a JSON string.
fn excerpt(text: &str) -> String {
    Value::from(redact_write_keys(truncated(text, MAX_EXCERPT_BYTES))).to_string()
}
