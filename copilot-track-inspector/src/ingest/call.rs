//! One call's JSON → an event with its verdict, not yet numbered.

use std::{borrow::Cow, sync::Arc};

use serde_json::{Map, Value, value::RawValue};

use super::{
    duplicate_keys,
    json::{Members, without_lone_surrogates},
};
use crate::{
    event::model::{Delivery, Event, Request, bag},
    timestamp::Instant,
    verdict::{
        call::{check, kind_of},
        findings::{Code, Severity, Verdict},
    },
};

/// How much of an id or a name is kept as a fact of its own. The raw JSON has it whole.
const LONGEST_NAME: usize = 1024;
/// How much is kept of what is no JSON that can be read.
const LONGEST_EXCERPT: usize = 4096;
/// How much of the place of a name is told.
const LONGEST_PATH: usize = 200;

/// What a call comes with.
pub(crate) struct Setting<'a> {
    pub(crate) received_at: Instant,
    pub(crate) request: &'a Arc<Request>,
    /// The kind of call that the path says; a batch's items say it themselves.
    pub(crate) kind: Option<&'static str>,
    /// The client library that the batch's own context names.
    pub(crate) library: Option<String>,
}

/// Reads a call, and holds it against the spec.
pub(crate) fn read(json: &str, index: usize, setting: &Setting<'_>) -> Event {
    let mut verdict = Verdict::default();
    let mended = without_lone_surrogates(json);
    if mended.is_some() {
        verdict.add(
            Severity::Warning,
            Code::BadText,
            "",
            "it has half a surrogate pair, as when a text is cut within an emoji; U+FFFD stands in its place here",
        );
    }
    let json = mended.as_deref().unwrap_or(json);
    let mut event = match serde_json::from_str(json) {
        Ok(Value::Object(call)) => {
            let kind = kind_of(setting.kind, &call);
            check(
                &kind,
                &call,
                json.len(),
                setting.request.skew_ms,
                &mut verdict,
            );
            for path in duplicate_keys::find(json, &call) {
                doubled(&path, &mut verdict);
            }
            facts(&kind, &call, setting)
        }
        Ok(_) => {
            verdict.reject(Code::NotAnObject, "", "a call is a JSON object");
            blank(setting)
        }
        // Its text is JSON, or it would not have come so far.
        Err(error) => {
            if error.to_string().contains("recursion limit") {
                verdict.reject(
                    Code::TooDeep,
                    "",
                    "it is nested more than 127 levels deep, which most of Segment's destinations cannot read",
                );
            } else {
                verdict.reject(Code::BadJson, "", format!("it cannot be read: {error}"));
            }
            blank(setting)
        }
    };
    event.raw = if verdict.has(Code::TooDeep) || verdict.has(Code::BadJson) {
        excerpt(json)
    } else {
        without_key(json).into_owned()
    };
    event.delivery.index = index;
    event.size_bytes = json.len();
    event.verdict = verdict;
    if event.delivery.library.is_none() {
        event.delivery.library.clone_from(&setting.library);
    }
    event
}

/// A name stands twice in one object.
fn doubled(path: &str, verdict: &mut Verdict) {
    let path = head(path, LONGEST_PATH);
    let name = path.rsplit('.').next().unwrap_or_default();
    verdict.add(
        Severity::Warning,
        Code::DuplicateKey,
        path,
        format!(
            "`{name}` stands twice in one object: one value is lost, mostly the first, as here, but nothing says so of Segment and each of its destinations"
        ),
    );
}

/// A request that was refused as a whole, as an event that tells of it.
pub(crate) fn refused(body: &[u8], code: Code, why: &str, setting: &Setting<'_>) -> Event {
    let mut event = blank(setting);
    "request".clone_into(&mut event.kind);
    event.size_bytes = body.len();
    let head = body
        .get(..LONGEST_EXCERPT.min(body.len()))
        .unwrap_or_default();
    event.raw = excerpt(&String::from_utf8_lossy(head));
    event.verdict.reject(code, "", why);
    event
}

/// An event of which nothing is known yet.
fn blank(setting: &Setting<'_>) -> Event {
    Event {
        seq: 0,
        received_at: setting.received_at,
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
            request: Arc::clone(setting.request),
            index: 0,
            library: None,
        },
        text: None,
        labels: None,
        rating: None,
        raw: String::new(),
    }
}

fn facts(kind: &str, call: &Map<String, Value>, setting: &Setting<'_>) -> Event {
    let bag = call.get(bag(kind));
    let property = |name: &str| bag.and_then(|bag| bag.get(name));
    let context = call.get("context");
    let mut labels: Vec<&str> = ["type", "action", "sub_type"]
        .into_iter()
        .filter_map(|name| property(name)?.as_str())
        .collect();
    labels.extend(call.get("name").and_then(Value::as_str));
    let mut event = blank(setting);
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
    let setting = Setting {
        received_at: event.received_at,
        request: &request,
        kind: None,
        library: None,
    };
    let facts = facts(&event.kind, &call, &setting);
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
pub(super) fn library(context: Option<&Value>) -> Option<String> {
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
    head(text, LONGEST_NAME).to_owned()
}

/// The beginning of a text, at most so many bytes, whole characters.
pub(crate) fn head(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// A JSON string with the beginning of what could not be read.
fn excerpt(text: &str) -> String {
    Value::from(hide_keys(head(text, LONGEST_EXCERPT))).to_string()
}

/// A write key in text that is no JSON: whatever follows the word.
fn hide_keys(text: &str) -> String {
    let mut parts = text.split("writeKey");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown.push_str("writeKey");
        let end = part.find([',', '}']).unwrap_or(part.len());
        shown.push('…');
        shown.push_str(part.get(end..).unwrap_or_default());
    }
    shown
}

/// The beginning of a write key, which tells one from another and opens nothing.
pub(crate) fn short_key(key: &str) -> String {
    let shown = if key.chars().count() > 8 {
        key.chars().take(4).collect()
    } else {
        String::new()
    };
    format!("{shown}…")
}

/// The call without its write key, which browsers put into the body. All else stays as it came.
fn without_key(json: &str) -> Cow<'_, str> {
    if !json.contains("rite") || !json.contains("ey\"") {
        return Cow::Borrowed(json);
    }
    let Ok(Members(members)) = serde_json::from_str(json) else {
        return Cow::Borrowed(json);
    };
    if !members.iter().any(|(key, _)| key == "writeKey") {
        return Cow::Borrowed(json);
    }
    let mut written = String::with_capacity(json.len());
    for (key, value) in &members {
        written.push(if written.is_empty() { '{' } else { ',' });
        written.push_str(&Value::from(key.as_ref()).to_string());
        written.push(':');
        if key == "writeKey" {
            written.push_str(&Value::from(raw_key(value)).to_string());
        } else {
            written.push_str(value.get());
        }
    }
    written.push('}');
    Cow::Owned(written)
}

fn raw_key(value: &RawValue) -> String {
    short_key(&serde_json::from_str::<String>(value.get()).unwrap_or_default())
}
