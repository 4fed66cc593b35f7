//! Extracts the fields of an event from its call.

use std::sync::Arc;

use copilot_track_ingest::Call;
use serde_json::{Map, Value};

use super::{
    brief::Brief,
    measures::Measures,
    model::{Delivery, DeliveryRequest, Event},
    payload::payload_key,
};
use crate::{text::truncated, timestamp::Timestamp, verdict::findings::Verdict};

/// The maximum length of an id or name in a field, in bytes. The raw JSON contains the full value.
const MAX_NAME_BYTES: usize = 1024;

/// Creates an event in which every field that comes from a call is empty.
pub(crate) fn empty_event(received_at: Timestamp, request: &Arc<DeliveryRequest>) -> Event {
    Event {
        seq: 0,
        received_at,
        occurred_at: received_at,
        late: false,
        answer_ms: None,
        kind: String::new(),
        name: None,
        conversation_id: None,
        conversation_inferred: false,
        message_id: None,
        envelope_id: None,
        user_id: None,
        anonymous_id: None,
        timestamp: None,
        size_bytes: 0,
        verdict: Verdict::default(),
        delivery: Delivery {
            request: Arc::clone(request),
            index: 0,
            library: None,
        },
        text: None,
        labels: None,
        rating: None,
        message_count: None,
        measures: None,
        raw: String::new(),
        brief: Brief::default(),
    }
}

/// Creates an event from a parsed call. The caller must set the event's raw JSON, size, and
/// verdict.
pub(crate) fn event_from_call(
    kind: &str,
    call: Map<String, Value>,
    json: &str,
    received_at: Timestamp,
    request: &Arc<DeliveryRequest>,
) -> Event {
    let payload = call.get(payload_key(kind));
    let property = |name: &str| payload.and_then(|payload| payload.get(name));
    let context = call.get("context");
    let mut labels: Vec<&str> = ["type", "action", "sub_type"]
        .into_iter()
        .filter_map(|name| property(name)?.as_str())
        .collect();
    labels.extend(call.get("name").and_then(Value::as_str));
    let mut event = empty_event(received_at, request);
    event.kind = limited(kind);
    event.name = call.get("event").and_then(Value::as_str).map(limited);
    event.conversation_id = property("conversationId").and_then(id_text);
    event.message_id = property("messageId").and_then(id_text);
    event.envelope_id = call.get("messageId").and_then(id_text);
    event.user_id = call.get("userId").and_then(id_text);
    event.anonymous_id = call.get("anonymousId").and_then(id_text);
    event.timestamp = call.get("timestamp").and_then(Value::as_str).map(limited);
    event.delivery.library = library(context);
    event.text = property("message_body")
        .and_then(Value::as_str)
        .map(str::to_owned);
    event.labels = (!labels.is_empty()).then(|| limited(&labels.join(" ")));
    event.rating = property("rating").and_then(Value::as_f64);
    event.message_count = property("message_count").and_then(Value::as_u64);
    event.measures = Measures::of(event.name.as_deref(), payload);
    event.brief = Brief::from_call(kind, call, json);
    event
}

/// Uses the event's raw JSON to restore the fields that are not exported. Ids and names are those
/// in the raw JSON too.
pub(crate) fn restore(event: &mut Event) {
    let request = Arc::clone(&event.delivery.request);
    let raw = std::mem::take(&mut event.raw);
    let kind = std::mem::take(&mut event.kind);
    let parsed = event_from_raw(kind, raw, event.received_at, &request);
    if !event.conversation_inferred {
        event.conversation_id = parsed.conversation_id;
    }
    event.raw = parsed.raw;
    event.kind = parsed.kind;
    event.name = parsed.name;
    event.message_id = parsed.message_id;
    event.envelope_id = parsed.envelope_id;
    event.user_id = parsed.user_id;
    event.anonymous_id = parsed.anonymous_id;
    event.timestamp = parsed.timestamp;
    event.text = parsed.text;
    event.labels = parsed.labels;
    event.rating = parsed.rating;
    event.message_count = parsed.message_count;
    event.measures = parsed.measures;
    event.brief = parsed.brief;
}

/// Creates an event from its raw JSON. The fields that do not come from the call are empty.
pub(crate) fn event_from_raw(
    kind: String,
    raw: String,
    received_at: Timestamp,
    request: &Arc<DeliveryRequest>,
) -> Event {
    let mut event = match Call::new(&raw).parse() {
        Ok(call) => event_from_call(&kind, call.into_members(), &raw, received_at, request),
        // The call is stored as it arrived, and may be invalid.
        Err(_) => empty_event(received_at, request),
    };
    event.kind = kind;
    event.raw = raw;
    event
}

/// Returns the time at which an event happened, as Segment computes it: its `timestamp`, corrected
/// by the difference between the sender's clock and this machine's clock. `skew_ms` is the time of
/// arrival minus `sentAt`. Without a valid `timestamp`, returns the time of arrival.
pub(crate) fn occurred_at(
    timestamp: Option<&str>,
    skew_ms: Option<i64>,
    received_at: Timestamp,
) -> Timestamp {
    timestamp
        .and_then(Timestamp::parse)
        .map_or(received_at, |at| {
            Timestamp(at.0.saturating_add(skew_ms.unwrap_or_default())).clamped()
        })
}

/// Returns an id as text. A blank string is not an id.
fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(limited(text)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns the name and version of the client library in a call's `context`.
pub(crate) fn library(context: Option<&Value>) -> Option<String> {
    let library = context?.get("library")?;
    let name = library.get("name")?.as_str()?;
    let version = library.get("version").and_then(Value::as_str);
    Some(limited(&version.map_or_else(
        || name.to_owned(),
        |version| format!("{name}/{version}"),
    )))
}

/// Truncates text to [`MAX_NAME_BYTES`].
fn limited(text: &str) -> String {
    truncated(text, MAX_NAME_BYTES).to_owned()
}
