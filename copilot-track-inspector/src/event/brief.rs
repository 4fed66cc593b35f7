//! The part of a call that is shown in lists.

use std::iter::Peekable;

use copilot_track_ingest::{Call, JsonObject, JsonValue, RawObject};
use serde_json::{Number, value::RawValue};

use super::{heap::heap_bytes, json_text::push_string, payload::payload_key};
use crate::text::truncated;

/// The maximum length of a string that is not truncated, in bytes.
const MAX_VALUE_BYTES: usize = 256;
/// The maximum total size of all properties, in bytes.
const MAX_PROPERTIES_BYTES: usize = 2048;
/// The properties that have their own field in [`Event`](super::model::Event).
const OWN_FIELDS: [&str; 3] = ["conversationId", "messageId", "message_body"];

/// The size of a call, in bytes, above which its brief is built when the call arrives. Otherwise, a
/// list of large calls would have to parse megabytes.
const MAX_LATE_BYTES: usize = 2048;

/// The part of a call that is shown in lists.
///
/// While the live stream has no clients, most events are never shown. The brief of a small call is
/// then built when it is shown. If the live stream has clients, or if the call is large, its brief
/// is built when the call is parsed, and all readers of the event share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Brief {
    /// The properties (or traits) as JSON, except the ones that have their own field in
    /// [`Event`](super::model::Event).
    pub(super) properties: Option<Box<str>>,
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
    /// Returns whether the brief of this call is always built when the call arrives.
    pub(super) fn is_built_early(json: &str) -> bool {
        json.len() > MAX_LATE_BYTES
    }

    /// Parses the JSON of a call. The brief of an invalid call is empty.
    pub(super) fn from_raw(kind: &str, json: &str) -> Self {
        let call = Call::new(json);
        call.parse().map_or_else(
            |_| Self::default(),
            |call| Self::from_call(kind, call.members(), json),
        )
    }

    /// `call` is the parsed call, and `json` is its JSON, from which numbers, arrays, and objects
    /// in the properties are copied unchanged.
    pub(super) fn from_call(kind: &str, call: &JsonObject<'_>, json: &str) -> Self {
        let mut brief = Self::default();
        let string = |key: &str| {
            let text = call.get(key)?.as_str()?;
            Some(truncated(text, MAX_VALUE_BYTES).to_owned())
        };
        match kind {
            "page" | "screen" => brief.name = string("name"),
            "group" => brief.group_id = string("groupId"),
            "alias" => brief.previous_id = string("previousId"),
            _ => {}
        }
        if let Some(JsonValue::Object(properties)) = call.get(payload_key(kind)) {
            let shown = || {
                let members = properties.iter();
                members.filter(|(name, _)| !OWN_FIELDS.contains(name))
            };
            let original = if shown().any(|(_, value)| is_copied(value)) {
                original_properties(kind, json)
            } else {
                RawObject::default()
            };
            let mut original = SortedMembers(sorted(&original).into_iter().peekable());
            // Each property has six further bytes, such as quotes and a comma.
            let bytes = shown().map(|(name, value)| name.len() + value_bytes(value, None) + 6);
            let mut writer = PropertiesWriter::with_capacity(bytes.sum());
            for (name, value) in shown() {
                writer.add(name, value, &mut original);
            }
            brief.truncated = writer.truncated;
            brief.properties = writer.finish();
        }
        brief
    }

    /// Returns the properties (or traits) as JSON.
    pub(crate) fn properties(&self) -> Option<&str> {
        self.properties.as_deref()
    }

    /// Returns the approximate size of the brief and its strings, in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        let string = |text: &Option<String>| heap_bytes(text.as_ref().map_or(0, String::len));
        heap_bytes(size_of::<Self>())
            + heap_bytes(self.properties.as_ref().map_or(0, |json| json.len()))
            + string(&self.name)
            + string(&self.group_id)
            + string(&self.previous_id)
    }
}

/// Returns whether a property is copied from the call's JSON. A [`Number`] cannot represent the
/// digits of every number, but it represents whole numbers exactly.
fn is_copied(value: &JsonValue<'_>) -> bool {
    match value {
        JsonValue::Number(number) => number.is_f64(),
        JsonValue::Array(_) | JsonValue::Object(_) => true,
        _ => false,
    }
}

fn original_properties<'a>(kind: &str, json: &'a str) -> RawObject<'a> {
    let members: RawObject<'a> = serde_json::from_str(json).unwrap_or_default();
    let payload = members.get(payload_key(kind));
    payload
        .and_then(|payload| serde_json::from_str(payload.get()).ok())
        .unwrap_or_default()
}

/// Returns the members, sorted by name. Members with the same name stay in the order in which they
/// were sent.
fn sorted<'a>(object: &'a RawObject<'_>) -> Vec<(&'a str, &'a RawValue)> {
    let mut members: Vec<_> = object.iter().collect();
    members.sort_by_key(|(name, _)| *name);
    members
}

/// Members that are sorted by name. They are looked up in the same order, so that all lookups
/// together visit each member once.
struct SortedMembers<I: Iterator>(Peekable<I>);

impl<'a, I: Iterator<Item = (&'a str, &'a RawValue)>> SortedMembers<I> {
    /// Returns the JSON of the last member with this name, which must not be less than the name of
    /// the previous lookup.
    fn get(&mut self, name: &str) -> Option<&'a str> {
        let mut found = None;
        while let Some((member, value)) = self.0.next_if(|(member, _)| *member <= name) {
            if member == name {
                found = Some(value.get());
            }
        }
        found
    }
}

/// Returns the size of a value that counts for the total size limit, in bytes. `original` is the
/// JSON of the value.
fn value_bytes(value: &JsonValue<'_>, original: Option<&str>) -> usize {
    match value {
        JsonValue::String(text) => text.len().min(MAX_VALUE_BYTES),
        JsonValue::Array(_) | JsonValue::Object(_) => original.map_or(0, str::len),
        _ => 8,
    }
}

/// Writes properties as JSON. Shortens long strings, and leaves out properties that exceed the
/// total size limit.
#[derive(Default)]
struct PropertiesWriter {
    json: String,
    /// The size of the properties, as far as the limit is concerned, in bytes.
    bytes: usize,
    truncated: bool,
}

impl PropertiesWriter {
    /// Creates a writer that reserves memory for properties with this number of bytes.
    fn with_capacity(bytes: usize) -> Self {
        let brace = usize::from(bytes > 0);
        Self {
            json: String::with_capacity(bytes.min(MAX_PROPERTIES_BYTES) + brace),
            ..Self::default()
        }
    }

    /// Adds a property. `original` contains the JSON of the properties that are copied.
    fn add<'a>(
        &mut self,
        name: &str,
        value: &JsonValue<'_>,
        original: &mut SortedMembers<impl Iterator<Item = (&'a str, &'a RawValue)>>,
    ) {
        let original = if is_copied(value) {
            original.get(name)
        } else {
            None
        };
        let bytes = name.len() + value_bytes(value, original);
        if self.bytes + bytes > MAX_PROPERTIES_BYTES {
            self.truncated = true;
            return;
        }
        self.bytes += bytes;
        self.json.push(if self.json.is_empty() { '{' } else { ',' });
        push_string(&mut self.json, name);
        self.json.push(':');
        match (value, original) {
            (_, Some(original)) => self.json.push_str(original),
            (JsonValue::String(text), _) => {
                let shortened = truncated(text, MAX_VALUE_BYTES);
                self.truncated |= shortened.len() < text.len();
                push_string(&mut self.json, shortened);
            }
            (JsonValue::Number(number), _) => self.json.push_str(&Number::to_string(number)),
            (JsonValue::Bool(value), _) => {
                self.json.push_str(if *value { "true" } else { "false" });
            }
            _ => self.json.push_str("null"),
        }
    }

    /// Returns the JSON. Returns `None` if there are no properties.
    fn finish(mut self) -> Option<Box<str>> {
        if self.json.is_empty() {
            if !self.truncated {
                return None;
            }
            self.json.push('{');
        }
        self.json.push('}');
        Some(self.json.into())
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use copilot_track_ingest::{Call, Endpoint, Limits, read_body};
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::ingest::envelope::{self, ArrivedRequest};

    fn brief_of(kind: &str, json: &str) -> Brief {
        let call = Call::new(json);
        Brief::from_call(kind, call.parse().unwrap().members(), json)
    }

    fn brief(kind: &str, call: &Value) -> Brief {
        brief_of(kind, &call.to_string())
    }

    #[test]
    fn properties_with_their_own_event_field_are_removed() {
        let call = json!({"properties": {"conversationId": "c", "messageId": "m", "message_body": "b", "role": "agent"}});
        let brief = brief("track", &call);
        assert_eq!(brief.properties(), Some(r#"{"role":"agent"}"#));
        assert!(!brief.truncated);
    }

    #[test]
    fn numbers_keep_every_digit() {
        let json = r#"{"properties":{"large":18446744073709551615,"list":[1.50],"negative":-3,"price":340282366920938463463374607431768211455,"zero":-0}}"#;
        let brief = brief_of("track", json);
        assert_eq!(
            format!(r#"{{"properties":{}}}"#, brief.properties().unwrap()),
            json
        );
    }

    #[test]
    fn values_of_every_type_are_kept() {
        let traits =
            json!({"a": null, "b": true, "c": "\"\n\u{1f}é", "d": {"x": [1, {}]}, "é\\": false});
        let brief = brief("identify", &json!({ "traits": traits }));
        assert_eq!(brief.properties().unwrap(), traits.to_string());
        assert!(!brief.truncated);
    }

    #[test]
    fn lookups_in_a_large_object_visit_each_member_once() {
        const COUNT: usize = 30_000;
        let properties: Vec<_> = (0..COUNT)
            .rev()
            .map(|number| format!(r#""p{number}":[{number}]"#))
            .collect();
        let properties = properties.join(",");
        let json = format!(r#"{{"properties":{{{properties},"p0":[7]}}}}"#);
        let original = original_properties("track", &json);
        let mut visited = 0;
        let members = sorted(&original).into_iter().inspect(|_| visited += 1);
        let mut original = SortedMembers(members.peekable());
        let call = Call::new(&json);
        let call = call.parse().unwrap();
        let properties = call.members().get("properties").unwrap().as_object();
        for (name, value) in properties.unwrap().iter() {
            let found: Value = serde_json::from_str(original.get(name).unwrap()).unwrap();
            assert_eq!(found, value.to_value());
        }
        drop(original);
        assert_eq!(visited, COUNT + 1);
        let brief = Brief::from_call("track", call.members(), &json);
        assert!(brief.truncated);
        assert!(
            brief
                .properties()
                .unwrap()
                .starts_with(r#"{"p0":[7],"p1":[1],"p10":[10],"#)
        );
    }

    #[tokio::test]
    async fn the_brief_is_the_same_whether_it_is_built_early_or_late() {
        let long = "long ".repeat(MAX_LATE_BYTES);
        for (text, is_watched) in [("short", false), ("short", true), (&*long, false)] {
            let call = json!({
                "type": "track",
                "properties": {"message_body": text, "rolle": 1.5},
            });
            let body = read_body(call.to_string(), &Limits::default()).await;
            let request = ArrivedRequest {
                number: 1,
                path: "/v1/track".into(),
                endpoint: Endpoint::from_path("/v1/track").unwrap(),
                headers: &HeaderMap::new(),
                body,
            };
            let (events, _) = envelope::read(request, None, is_watched);
            let [event] = &*events else {
                panic!("{events:?}");
            };
            assert_eq!(event.brief.is_some(), is_watched || text != "short");
            assert_eq!(event.brief().properties(), Some(r#"{"rolle":1.5}"#));
        }
    }

    #[test]
    fn long_properties_are_shortened_and_excess_properties_are_removed() {
        let mut traits: Map<String, Value> = (0..9)
            .map(|index| (format!("trait{index}"), "é".repeat(200).into()))
            .collect();
        traits.insert("list".into(), vec![1; 2_000].into());
        let brief = brief("identify", &json!({ "traits": traits }));
        assert!(brief.truncated);
        let kept: Map<String, Value> = serde_json::from_str(brief.properties().unwrap()).unwrap();
        assert_eq!(kept.len(), 7, "2048 bytes");
        assert_eq!(kept["trait0"], "é".repeat(128));
        let list = json!({"traits": {"list": vec![1; 2_000]}});
        let brief = self::brief("identify", &list);
        assert_eq!((brief.properties(), brief.truncated), (Some("{}"), true));
    }
}
