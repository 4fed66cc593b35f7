//! The part of a call that is shown in lists.

use copilot_track_ingest::RawObject;
use serde_json::{Map, Value, value::RawValue};

use super::payload::payload_key;
use crate::text::truncated;

/// The maximum length of a string that is not truncated, in bytes.
const MAX_VALUE_BYTES: usize = 256;
/// The maximum total size of all properties, in bytes.
const MAX_PROPERTIES_BYTES: usize = 2048;

/// The part of a call that is shown in lists. It is built once, when the call is parsed, and shared
/// by all readers of the event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Brief {
    /// The properties (or traits) as JSON, except the ones that have their own field in
    /// [`Event`](super::model::Event).
    pub(super) properties: Option<Box<RawValue>>,
    /// Whether properties were shortened or removed.
    pub(super) truncated: bool,
    /// The name of a Page or Screen call.
    pub(super) name: Option<String>,
    /// The group id of a Group call.
    pub(super) group_id: Option<String>,
    /// The previous id of an Alias call.
    pub(super) previous_id: Option<String>,
}

impl Brief {
    /// `call` is the parsed call, and `json` is its JSON, from which the numbers in the properties
    /// are copied unchanged.
    pub(super) fn from_call(kind: &str, mut call: Map<String, Value>, json: &str) -> Self {
        let mut brief = Self::default();
        let mut string = |key: &str| match call.remove(key) {
            Some(Value::String(text)) => Some(truncated(&text, MAX_VALUE_BYTES).to_owned()),
            _ => None,
        };
        match kind {
            "page" | "screen" => brief.name = string("name"),
            "group" => brief.group_id = string("groupId"),
            "alias" => brief.previous_id = string("previousId"),
            _ => {}
        }
        if let Some(Value::Object(mut properties)) = call.remove(payload_key(kind)) {
            for name in ["conversationId", "messageId", "message_body"] {
                properties.remove(name);
            }
            let original = if properties.values().any(is_copied) {
                original_properties(kind, json)
            } else {
                RawObject::default()
            };
            brief.truncated = shorten(&mut properties, &original);
            if !properties.is_empty() || brief.truncated {
                brief.properties = RawValue::from_string(to_json(&properties, &original)).ok();
            }
        }
        brief
    }

    /// Returns the properties (or traits) as JSON.
    pub(crate) fn properties(&self) -> Option<&str> {
        self.properties.as_deref().map(RawValue::get)
    }

    /// Returns the approximate size of the strings, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        let string = |text: &Option<String>| text.as_ref().map_or(0, |text| text.len() + 16);
        self.properties
            .as_ref()
            .map_or(0, |json| json.get().len() + 16)
            + string(&self.name)
            + string(&self.group_id)
            + string(&self.previous_id)
    }
}

/// Returns whether a property is copied from the call's JSON.
fn is_copied(value: &Value) -> bool {
    matches!(value, Value::Number(_) | Value::Array(_) | Value::Object(_))
}

fn original_properties<'a>(kind: &str, json: &'a str) -> RawObject<'a> {
    let members: RawObject<'a> = serde_json::from_str(json).unwrap_or_default();
    let payload = members.get(payload_key(kind));
    payload
        .and_then(|payload| serde_json::from_str(payload.get()).ok())
        .unwrap_or_default()
}

/// Shortens long strings, and removes properties that exceed the total size limit. Returns whether
/// anything changed.
fn shorten(properties: &mut Map<String, Value>, original: &RawObject<'_>) -> bool {
    let mut changed = false;
    let mut remaining_bytes = MAX_PROPERTIES_BYTES;
    properties.retain(|name, value| {
        if let Value::String(text) = value
            && text.len() > MAX_VALUE_BYTES
        {
            text.truncate(truncated(text, MAX_VALUE_BYTES).len());
            changed = true;
        }
        let size = name.len() + value_bytes(value, original.get(name));
        let fits = size <= remaining_bytes;
        if fits {
            remaining_bytes -= size;
        } else {
            changed = true;
        }
        fits
    });
    changed
}

/// Returns the size of a value in bytes.
fn value_bytes(value: &Value, original: Option<&RawValue>) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(_) | Value::Object(_) => original.map_or(0, |value| value.get().len()),
        _ => 8,
    }
}

/// Returns the properties as JSON. Numbers are written as in the call, because a [`Value`] cannot
/// represent every number exactly.
fn to_json(properties: &Map<String, Value>, original: &RawObject<'_>) -> String {
    let mut json = String::from("{");
    for (name, value) in properties {
        if json.len() > 1 {
            json.push(',');
        }
        json.push_str(&Value::from(name.as_str()).to_string());
        json.push(':');
        match (value, original.get(name)) {
            (value, Some(original)) if is_copied(value) => json.push_str(original.get()),
            _ => json.push_str(&value.to_string()),
        }
    }
    json.push('}');
    json
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn brief(kind: &str, call: Value) -> Brief {
        match call {
            Value::Object(members) => {
                let json = Value::Object(members.clone()).to_string();
                Brief::from_call(kind, members, &json)
            }
            other => panic!("{other}"),
        }
    }

    #[test]
    fn properties_with_their_own_event_field_are_removed() {
        let call = json!({"properties": {"conversationId": "c", "messageId": "m", "message_body": "b", "role": "agent"}});
        let brief = brief("track", call);
        assert_eq!(brief.properties.unwrap().get(), r#"{"role":"agent"}"#);
        assert!(!brief.truncated);
    }

    #[test]
    fn numbers_keep_every_digit() {
        let json = r#"{"properties":{"list":[1.50],"price":340282366920938463463374607431768211455,"zero":-0}}"#;
        let call = serde_json::from_str(json).unwrap();
        let brief = Brief::from_call("track", call, json);
        assert_eq!(
            format!(r#"{{"properties":{}}}"#, brief.properties.unwrap().get()),
            json
        );
    }

    #[test]
    fn long_properties_are_shortened_and_excess_properties_are_removed() {
        let mut traits: Map<String, Value> = (0..9)
            .map(|index| (format!("trait{index}"), "é".repeat(200).into()))
            .collect();
        traits.insert("list".into(), vec![1; 2_000].into());
        let brief = brief("identify", json!({ "traits": traits }));
        assert!(brief.truncated);
        let kept: Map<String, Value> =
            serde_json::from_str(brief.properties.unwrap().get()).unwrap();
        assert_eq!(kept.len(), 7, "2048 bytes");
        assert_eq!(kept["trait0"], "é".repeat(128));
    }
}
