//! Extracts the fields of an event from its call.

use std::sync::Arc;

use compact_str::{CompactString, ToCompactString as _};
use copilot_track_ingest::{Call, JsonObject, JsonValue};

use super::{
    brief::Brief,
    measures::Measures,
    message_text::MessageText,
    model::{Delivery, DeliveryRequest, Event},
    payload::payload_key,
};
use crate::{
    text::{is_blank, truncated},
    timestamp::Timestamp,
    verdict::findings::Verdict,
};

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
        kind: CompactString::default(),
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
        raw: Box::default(),
        brief: None,
    }
}

/// Creates an event from a parsed call and its JSON. The caller must set the event's size and
/// verdict, and must replace the raw JSON if it contains a write key.
pub(crate) fn event_from_call(
    kind: &str,
    call: &JsonObject<'_>,
    json: &str,
    received_at: Timestamp,
    request: &Arc<DeliveryRequest>,
) -> Event {
    let mut event = event_without_raw(kind, call, json, received_at, request);
    event.raw = json.into();
    event
}

/// Creates an event without its raw JSON, which the caller must set to `json`.
fn event_without_raw(
    kind: &str,
    call: &JsonObject<'_>,
    json: &str,
    received_at: Timestamp,
    request: &Arc<DeliveryRequest>,
) -> Event {
    let payload = call.get(payload_key(kind));
    let property = |name: &str| payload.and_then(|payload| payload.get(name));
    let mut event = empty_event(received_at, request);
    event.kind = limited(kind);
    event.name = call.get("event").and_then(JsonValue::as_str).map(limited);
    event.conversation_id = property("conversationId").and_then(id_text);
    event.message_id = property("messageId").and_then(id_text);
    event.envelope_id = call.get("messageId").and_then(id_text);
    event.user_id = call.get("userId").and_then(id_text);
    event.anonymous_id = call.get("anonymousId").and_then(id_text);
    event.timestamp = call
        .get("timestamp")
        .and_then(JsonValue::as_str)
        .map(limited);
    event.delivery.library = call
        .get("context")
        .and_then(JsonValue::as_object)
        .and_then(library);
    event.text = property("message_body")
        .and_then(JsonValue::as_str)
        .map(|text| MessageText::new(text, json));
    event.labels = labels([
        property("type"),
        property("action"),
        property("sub_type"),
        call.get("name"),
    ]);
    event.rating = property("rating").and_then(JsonValue::as_f64);
    event.message_count = property("message_count").and_then(JsonValue::as_u64);
    event.measures = Measures::of(event.name.as_deref(), payload);
    if Brief::is_built_early(json) {
        event.build_brief(call, json);
    }
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
    kind: CompactString,
    raw: Box<str>,
    received_at: Timestamp,
    request: &Arc<DeliveryRequest>,
) -> Event {
    let mut event = match Call::new(&raw).parse() {
        Ok(call) => event_without_raw(&kind, call.members(), &raw, received_at, request),
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
    timestamp: Option<Timestamp>,
    skew_ms: Option<i64>,
    received_at: Timestamp,
) -> Timestamp {
    timestamp.map_or(received_at, |at| {
        Timestamp(at.0.saturating_add(skew_ms.unwrap_or_default())).clamped()
    })
}

/// Returns an id as text. A blank string is not an id.
fn id_text(value: &JsonValue<'_>) -> Option<CompactString> {
    match value {
        JsonValue::String(text) if !is_blank(text) => Some(limited(text)),
        JsonValue::Number(number) => Some(number.to_compact_string()),
        _ => None,
    }
}

/// Returns the name and version of the client library in a call's `context`.
pub(crate) fn library(context: &JsonObject<'_>) -> Option<CompactString> {
    let library = context.get("library")?;
    let name = library.get("name")?.as_str()?;
    Some(match library.get("version").and_then(JsonValue::as_str) {
        Some(version) => joined([name, version].into_iter(), '/'),
        None => limited(name),
    })
}

/// Returns the searchable text in the values that are strings.
fn labels<const N: usize>(values: [Option<&JsonValue<'_>>; N]) -> Option<CompactString> {
    let texts = values.map(|value| value.and_then(JsonValue::as_str));
    let is_some = texts.iter().any(Option::is_some);
    is_some.then(|| joined(texts.into_iter().flatten(), ' '))
}

/// Joins texts, and truncates the result to [`MAX_NAME_BYTES`].
fn joined<'a>(texts: impl Iterator<Item = &'a str> + Clone, separator: char) -> CompactString {
    let bytes = texts.clone().map(|text| text.len() + 1).sum::<usize>();
    let mut joined = CompactString::with_capacity(bytes.min(MAX_NAME_BYTES));
    for (index, text) in texts.enumerate() {
        if index > 0 {
            joined.push(separator);
        }
        joined.push_str(text);
    }
    joined.truncate(truncated(&joined, MAX_NAME_BYTES).len());
    // The store counts the length, and not the capacity.
    joined.shrink_to_fit();
    joined
}

/// Truncates text to [`MAX_NAME_BYTES`].
fn limited(text: &str) -> CompactString {
    truncated(text, MAX_NAME_BYTES).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_names_take_no_more_memory_than_their_length() {
        let long = "n".repeat(1_000);
        for (names, length) in [
            ([&*long, &*long], MAX_NAME_BYTES),
            (["a", &*long], 1_002),
            (["a", "b"], 3),
        ] {
            let joined = joined(names.into_iter(), '/');
            // A short string takes no memory outside the event.
            let capacity = length.max(size_of::<CompactString>());
            assert_eq!((joined.len(), joined.capacity()), (length, capacity));
        }
    }
}
