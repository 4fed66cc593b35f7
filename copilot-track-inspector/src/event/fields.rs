//! What is read of a call's JSON.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::model::{Delivery, Event, Request, bag};
use crate::{text::truncated, timestamp::Instant, verdict::findings::Verdict};

/// How much of an id or a name is kept as a fact of its own. The raw JSON has it whole.
const LONGEST_NAME: usize = 1024;

/// An event of which nothing is known yet.
pub(crate) fn blank(received_at: Instant, request: &Arc<Request>) -> Event {
    Event {
        seq: 0,
        received_at,
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
        raw: String::new(),
    }
}

pub(crate) fn facts(
    kind: &str,
    call: &Map<String, Value>,
    received_at: Instant,
    request: &Arc<Request>,
) -> Event {
    let bag = call.get(bag(kind));
    let property = |name: &str| bag.and_then(|bag| bag.get(name));
    let context = call.get("context");
    let mut labels: Vec<&str> = ["type", "action", "sub_type"]
        .into_iter()
        .filter_map(|name| property(name)?.as_str())
        .collect();
    labels.extend(call.get("name").and_then(Value::as_str));
    let mut event = blank(received_at, request);
    event.kind = cut(kind);
    event.name = call.get("event").and_then(Value::as_str).map(cut);
    event.conversation_id = property("conversationId").and_then(id);
    event.message_id = property("messageId").and_then(id);
    event.envelope_id = call.get("messageId").and_then(id);
    event.user_id = call.get("userId").and_then(id);
    event.anonymous_id = call.get("anonymousId").and_then(id);
    event.timestamp = call.get("timestamp").and_then(Value::as_str).map(cut);
    event.delivery.library = library(context);
    event.text = property("message_body")
        .and_then(Value::as_str)
        .map(str::to_owned);
    event.labels = (!labels.is_empty()).then(|| cut(&labels.join(" ")));
    event.rating = property("rating").and_then(Value::as_f64);
    event
}

/// What else than the columns an event has, from its raw JSON: for what comes from a file.
pub(crate) fn restore(event: &mut Event) {
    let Ok(Value::Object(call)) = serde_json::from_str::<Value>(&event.raw) else {
        return;
    };
    let request = Arc::clone(&event.delivery.request);
    let facts = facts(&event.kind, &call, event.received_at, &request);
    event.text = facts.text;
    event.labels = facts.labels;
    event.rating = facts.rating;
}

/// An id as text; an empty one is none.
fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(cut(text)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The client library that a context names.
pub(crate) fn library(context: Option<&Value>) -> Option<String> {
    let library = context?.get("library")?;
    let name = library.get("name")?.as_str()?;
    let version = library.get("version").and_then(Value::as_str);
    Some(cut(&version.map_or_else(
        || name.to_owned(),
        |version| format!("{name}/{version}"),
    )))
}

/// At most [`LONGEST_NAME`] bytes.
fn cut(text: &str) -> String {
    truncated(text, LONGEST_NAME).to_owned()
}
