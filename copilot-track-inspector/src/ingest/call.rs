//! Creates an event, with its verdict, from one call and its request.

use std::{borrow::Cow, sync::Arc};

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
        call::{check, check_arrival, kind_of},
        code::FindingCode,
        findings::{Severity, Verdict},
        plan::loaded::LoadedPlan,
        timestamps::{Arrival, timestamp},
    },
};

/// The maximum length of an excerpt of invalid JSON, in bytes.
const MAX_EXCERPT_BYTES: usize = 4096;
/// The maximum length of the path in a finding about a duplicate key, in bytes.
const MAX_PATH_BYTES: usize = 200;

/// What is known about a request before its calls are read.
pub(crate) struct CallContext<'a> {
    received_at: Timestamp,
    plan: Option<&'a LoadedPlan>,
    /// Whether the events are sent to a live stream.
    is_watched: bool,
    /// The request of the events until they are completed.
    incomplete_request: Arc<DeliveryRequest>,
}

/// What is known about a request after its calls are read. Some members of a batch, such as
/// `sentAt`, may follow the calls.
pub(crate) struct RequestContext {
    pub(crate) request: Arc<DeliveryRequest>,
    /// The client library in the batch's `context`.
    pub(crate) library: Option<CompactString>,
}

/// An event from a call, without the data and the findings that depend on its request.
pub(crate) struct IncompleteEvent {
    event: Event,
    /// The call's `timestamp`, if it is valid.
    timestamp: Option<Timestamp>,
}

impl<'a> CallContext<'a> {
    pub(crate) fn new(
        received_at: Timestamp,
        plan: Option<&'a LoadedPlan>,
        is_watched: bool,
    ) -> Self {
        Self {
            received_at,
            plan,
            is_watched,
            incomplete_request: Arc::default(),
        }
    }
}

impl IncompleteEvent {
    /// Adds the data and the findings that depend on the event's request.
    pub(crate) fn complete(self, context: &RequestContext) -> Event {
        let Self {
            mut event,
            timestamp,
        } = self;
        let arrival = Arrival {
            received_at: event.received_at,
            skew_ms: context.request.skew_ms,
        };
        event.occurred_at = occurred_at(timestamp, arrival.skew_ms, arrival.received_at);
        check_arrival(&event.kind, timestamp, arrival, &mut event.verdict);
        event.verdict.finish();
        event.delivery.request = Arc::clone(&context.request);
        if event.delivery.library.is_none() {
            event.delivery.library.clone_from(&context.library);
        }
        event
    }
}

/// Creates an event from a call and checks the call.
pub(crate) fn read(call: &Call<'_>, index: usize, context: &CallContext<'_>) -> IncompleteEvent {
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
    let request = &context.incomplete_request;
    let (mut event, timestamp) = match call.parse() {
        Ok(parsed) => {
            let timestamp = timestamp(parsed.members());
            let kind = kind_of(call.endpoint_kind(), parsed.members());
            check(kind, parsed.members(), json.len(), timestamp, &mut verdict);
            add_duplicate_keys(&parsed, &mut verdict);
            if let Some(plan) = context.plan {
                plan.check(kind, parsed.members(), &mut verdict);
            }
            let mut event =
                event_from_call(kind, parsed.members(), json, context.received_at, request);
            if context.is_watched {
                event.build_brief(parsed.members(), json);
            }
            if let Cow::Owned(redacted) = call.redacted_json() {
                event.replace_raw(redacted.into());
            }
            (event, timestamp)
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
            let mut event = empty_event(context.received_at, request);
            event.raw = if verdict.has(FindingCode::NotAnObject) {
                json.into()
            } else {
                excerpt(json).into()
            };
            (event, None)
        }
    };
    event.delivery.index = index;
    event.size_bytes = json.len();
    verdict.finish();
    event.verdict = verdict;
    IncompleteEvent { event, timestamp }
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
    received_at: Timestamp,
    request: &Arc<DeliveryRequest>,
) -> Event {
    let mut event = empty_event(received_at, request);
    event.kind = "request".into();
    event.size_bytes = body.len();
    let head = body
        .get(..MAX_EXCERPT_BYTES.min(body.len()))
        .unwrap_or_default();
    event.raw = excerpt(&String::from_utf8_lossy(head)).into();
    event.verdict.reject(code, "", message);
    event
}

/// Returns the beginning of invalid JSON as a JSON string.
fn excerpt(text: &str) -> String {
    Value::from(redact_write_keys(truncated(text, MAX_EXCERPT_BYTES))).to_string()
}
