//! One call's JSON → an event with its verdict, not yet numbered.

use std::{borrow::Cow, sync::Arc};

use serde_json::{Value, value::RawValue};

use super::{
    duplicate_keys,
    json::{Members, without_lone_surrogates},
};
use crate::{
    event::{
        fields::{blank, facts},
        model::{Event, Request},
    },
    text::truncated,
    timestamp::Instant,
    verdict::{
        call::{check, kind_of},
        findings::{Code, Severity, Verdict},
    },
};

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
            facts(&kind, &call, setting.received_at, setting.request)
        }
        Ok(_) => {
            verdict.reject(Code::NotAnObject, "", "a call is a JSON object");
            blank(setting.received_at, setting.request)
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
            blank(setting.received_at, setting.request)
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
    let path = truncated(path, LONGEST_PATH);
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
    let mut event = blank(setting.received_at, setting.request);
    "request".clone_into(&mut event.kind);
    event.size_bytes = body.len();
    let excerpted = body
        .get(..LONGEST_EXCERPT.min(body.len()))
        .unwrap_or_default();
    event.raw = excerpt(&String::from_utf8_lossy(excerpted));
    event.verdict.reject(code, "", why);
    event
}

/// A JSON string with the beginning of what could not be read.
fn excerpt(text: &str) -> String {
    Value::from(hide_keys(truncated(text, LONGEST_EXCERPT))).to_string()
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
