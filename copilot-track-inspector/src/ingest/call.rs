//! One call's JSON → an event with its verdict, not yet numbered.

use std::sync::Arc;

use copilot_track_ingest::{Call, CallError, redact_write_keys};
use serde_json::Value;

use crate::{
    event::{
        fields::{empty_event, event_from_call},
        model::{DeliveryRequest, Event},
    },
    text::truncated,
    timestamp::Timestamp,
    verdict::{
        call::{check, kind_of},
        findings::{FindingCode, Severity, Verdict},
    },
};

/// How much is kept of what is no JSON that can be read.
const MAX_EXCERPT_BYTES: usize = 4096;
/// How much of the place of a name is told.
const MAX_PATH_BYTES: usize = 200;

/// What a call comes with.
pub(crate) struct CallContext<'a> {
    pub(crate) received_at: Timestamp,
    pub(crate) request: &'a Arc<DeliveryRequest>,
    /// The client library that the batch's own context names.
    pub(crate) library: Option<String>,
}

/// Reads a call, and holds it against the spec.
pub(crate) fn read(call: &Call<'_>, index: usize, context: &CallContext<'_>) -> Event {
    let mut verdict = Verdict::default();
    if call.has_replaced_surrogates() {
        verdict.add(
            Severity::Warning,
            FindingCode::BadText,
            "",
            "it has half a surrogate pair, as when a text is cut within an emoji; U+FFFD stands in its place here",
        );
    }
    let json = call.json();
    let mut event = match call.parse() {
        Ok(parsed) => {
            let kind = kind_of(call.endpoint_kind(), parsed.members());
            check(
                &kind,
                parsed.members(),
                json.len(),
                context.request.skew_ms,
                &mut verdict,
            );
            for path in parsed.duplicate_keys() {
                add_duplicate_key(path, &mut verdict);
            }
            event_from_call(
                &kind,
                parsed.into_members(),
                context.received_at,
                context.request,
            )
        }
        Err(error) => {
            match error {
                CallError::NotAnObject => {
                    verdict.reject(FindingCode::NotAnObject, "", "a call is a JSON object");
                }
                CallError::TooDeep => verdict.reject(
                    FindingCode::TooDeep,
                    "",
                    "it is nested more than 127 levels deep, which most of Segment's destinations cannot read",
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
    event.verdict = verdict;
    if event.delivery.library.is_none() {
        event.delivery.library.clone_from(&context.library);
    }
    event
}

/// A name stands twice in one object.
fn add_duplicate_key(path: &str, verdict: &mut Verdict) {
    let path = truncated(path, MAX_PATH_BYTES);
    let name = path.rsplit('.').next().unwrap_or_default();
    verdict.add(
        Severity::Warning,
        FindingCode::DuplicateKey,
        path,
        format!(
            "`{name}` stands twice in one object: one value is lost, mostly the first, as here, but nothing says so of Segment and each of its destinations"
        ),
    );
}

/// A request that was refused as a whole, as an event that tells of it.
pub(crate) fn refused(
    body: &[u8],
    code: FindingCode,
    why: &str,
    context: &CallContext<'_>,
) -> Event {
    let mut event = empty_event(context.received_at, context.request);
    "request".clone_into(&mut event.kind);
    event.size_bytes = body.len();
    let excerpted = body
        .get(..MAX_EXCERPT_BYTES.min(body.len()))
        .unwrap_or_default();
    event.raw = excerpt(&String::from_utf8_lossy(excerpted));
    event.verdict.reject(code, "", why);
    event
}

/// A JSON string with the beginning of what could not be read.
fn excerpt(text: &str) -> String {
    Value::from(redact_write_keys(truncated(text, MAX_EXCERPT_BYTES))).to_string()
}
