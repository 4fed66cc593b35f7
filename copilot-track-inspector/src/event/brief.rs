//! An event as JSON: whole, or as a list shows it.

use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::{Map, Value, value::RawValue};

use super::model::Event;
use crate::text::truncated;

/// How much a list shows of what was said, in bytes.
const MAX_TEXT_BYTES: usize = 4096;
/// How much of the text of a property.
const MAX_VALUE_BYTES: usize = 256;
/// How much of all properties together.
const MAX_PROPERTIES_BYTES: usize = 2048;

/// An event with its raw call.
pub(crate) struct FullEvent<'a>(pub(crate) &'a Event);

/// An event without its raw call, but with what a chat shows of it.
pub(crate) struct BriefEvent<'a>(pub(crate) &'a Event);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FullJson<'a> {
    #[serde(flatten)]
    event: &'a Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_context: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_integrations: Option<&'a RawValue>,
    raw: &'a RawValue,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BriefJson<'a> {
    #[serde(flatten)]
    event: &'a Event,
    #[serde(flatten)]
    facts: BriefFields<'a>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct BriefFields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_id: Option<String>,
}

impl Serialize for FullEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0.raw).map_err(S::Error::custom)?;
        let request = &self.0.delivery.request;
        FullJson {
            event: self.0,
            batch_context: inherited(request.batch_context.as_ref()),
            batch_integrations: inherited(request.batch_integrations.as_ref()),
            raw,
        }
        .serialize(serializer)
    }
}

impl Serialize for BriefEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        BriefJson {
            event: self.0,
            facts: facts(self.0),
        }
        .serialize(serializer)
    }
}

fn inherited(json: Option<&String>) -> Option<&RawValue> {
    serde_json::from_str(json?).ok()
}

fn facts(event: &Event) -> BriefFields<'_> {
    let mut facts = BriefFields::default();
    if let Some(text) = &event.text {
        facts.text = Some(truncated(text, MAX_TEXT_BYTES));
        facts.text_bytes = Some(text.len());
    }
    let Ok(Value::Object(mut call)) = serde_json::from_str(&event.raw) else {
        return facts;
    };
    let mut text = |name: &str| match call.remove(name) {
        Some(Value::String(text)) => Some(truncated(&text, MAX_VALUE_BYTES).to_owned()),
        _ => None,
    };
    match event.kind.as_str() {
        "page" | "screen" => facts.name = text("name"),
        "group" => facts.group_id = text("groupId"),
        "alias" => facts.previous_id = text("previousId"),
        _ => {}
    }
    if let Some(Value::Object(mut properties)) = call.remove(event.payload_key()) {
        for name in ["conversationId", "messageId", "message_body"] {
            properties.remove(name);
        }
        facts.cut = shorten(&mut properties);
        facts.properties = (!properties.is_empty() || facts.cut).then_some(properties);
    }
    facts
}

/// Cuts texts that are long, and leaves out what does not fit. Whether anything was.
fn shorten(properties: &mut Map<String, Value>) -> bool {
    let mut cut = false;
    let mut left = MAX_PROPERTIES_BYTES;
    properties.retain(|name, value| {
        if let Value::String(text) = value
            && text.len() > MAX_VALUE_BYTES
        {
            text.truncate(truncated(text, MAX_VALUE_BYTES).len());
            cut = true;
        }
        let size = name.len() + size_of_value(value, left);
        let fits = size <= left;
        if fits {
            left -= size;
        } else {
            cut = true;
        }
        fits
    });
    cut
}

fn size_of_value(value: &Value, most: usize) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(_) | Value::Object(_) => {
            serde_json::to_string(value).map_or(most + 1, |json| json.len())
        }
        _ => 8,
    }
}
