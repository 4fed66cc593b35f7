//! Encodes messages that the application created.

use std::borrow::Cow;
use std::time::SystemTime;

use segment::message::BatchMessage;
use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};
use uuid::Uuid;

use crate::delivery::dead_letters::dead_letter::DeadLetter;
use crate::delivery::segment::fields::MessageFields;
use crate::delivery::segment::library::LIBRARY;
use crate::event::ids::envelope_id::EnvelopeId;
use crate::event::ids::parse::parse;
use crate::event::properties::names::MESSAGE_BODY;
use crate::privacy::content::{Content, Policy};
use crate::util::json::string;
use crate::util::timestamps::{parse_timestamp, write_timestamp};

/// Appends the message's JSON to `out` and adds missing fields.
///
/// If the message has no id or no timestamp, `id` or `at` is used. The names of the properties that
/// the content policy applies to are appended to `content_properties`, one per line.
pub(crate) fn write(
    message: &BatchMessage,
    id: EnvelopeId,
    at: SystemTime,
    policy: Policy<'_>,
    out: &mut Vec<u8>,
    content_properties: &mut String,
) -> Result<(), String> {
    let fields = MessageFields::of(message);
    let mut call = MessageWriter {
        out,
        policy,
        content_properties,
    };
    call.out.extend_from_slice(br#"{"type":""#);
    call.out.extend_from_slice(fields.kind.as_bytes());
    call.out.extend_from_slice(br#"","messageId":"#);
    match own_id(&fields) {
        Some(own) => string(own, call.out),
        None => string(id.encode(&mut [0; 36]), call.out),
    }
    call.timestamp(&fields, at)?;
    call.user(&fields)?;
    if let Some(own) = fields.specific {
        if !own.text.trim().is_empty() {
            call.key(own.name);
            string(own.text, call.out);
        } else if own.required {
            return Err(format!("its `{}` is empty", own.name));
        }
    }
    if let Some((name, body)) = fields.body {
        match body {
            Value::Object(_) => call.field(name, body)?,
            Value::Null => {
                call.key(name);
                call.out.extend_from_slice(b"{}");
            }
            _ => return Err(format!("its `{name}` is not a JSON object")),
        }
    }
    call.context(&fields)?;
    if let Some(integrations) = fields.integrations {
        call.field("integrations", integrations)?;
    }
    for (name, value) in fields.extra {
        if !is_left_out(name, &fields) {
            call.field(name, value)?;
        }
    }
    call.out.push(b'}');
    Ok(())
}

/// Appends a dead letter's JSON to `out`. A content policy was applied when the event was first
/// sent, so the current policy is applied only if it is stricter.
pub(crate) fn write_letter(
    letter: &DeadLetter,
    policy: Policy<'_>,
    out: &mut Vec<u8>,
    content_properties: &mut String,
) -> Result<(), String> {
    let mut message = Cow::Borrowed(&letter.message);
    if letter.content < policy.content {
        restrict(message.to_mut(), policy);
    }
    let unchanged = Policy {
        content: Content::Full,
        ..policy
    };
    // These values are not used, because a dead letter has its own id and timestamp.
    let (id, at) = (EnvelopeId::from_uuid(Uuid::nil()), SystemTime::UNIX_EPOCH);
    write(&message, id, at, unchanged, out, content_properties)
}

/// Applies the policy to all properties except the ids and the role, because a dead letter does not
/// record which properties have content.
fn restrict(message: &mut BatchMessage, policy: Policy<'_>) {
    const OTHERS: [&str; 3] = ["conversationId", "messageId", "role"];
    let properties = match message {
        BatchMessage::Track(message) => &mut message.properties,
        BatchMessage::Page(message) => &mut message.properties,
        BatchMessage::Screen(message) => &mut message.properties,
        _ => return,
    };
    for (name, value) in properties.as_object_mut().into_iter().flatten() {
        if !OTHERS.contains(&name.as_str()) {
            *value = policy.apply(value.take());
        }
    }
}

/// Returns the message's own id if it is valid.
fn own_id<'a>(fields: &MessageFields<'a>) -> Option<&'a str> {
    let id = fields.extra.get("messageId")?.as_str()?;
    parse("messageId", id).ok().map(|()| id)
}

/// Returns the message's own timestamp, if it has one.
fn own_timestamp(fields: &MessageFields<'_>) -> Result<Option<OffsetDateTime>, String> {
    if fields.timestamp.is_some() {
        return Ok(fields.timestamp);
    }
    match fields.extra.get("timestamp") {
        None | Some(Value::Null) => Ok(None),
        Some(given) => given
            .as_str()
            .and_then(parse_timestamp)
            .map(Some)
            .ok_or_else(|| {
                "its `timestamp` is not a time in RFC 3339, e.g. 2026-01-02T03:04:05.678Z"
                    .to_owned()
            }),
    }
}

/// Returns whether the field named `name` in `extra` is left out. The fields of the message take
/// precedence over those in `extra`. `sentAt` belongs to the batch.
fn is_left_out(name: &str, fields: &MessageFields<'_>) -> bool {
    match name {
        "sentAt" | "type" | "messageId" | "timestamp" | "userId" | "anonymousId" | "context" => {
            true
        }
        "integrations" => fields.integrations.is_some(),
        _ => {
            fields.specific.is_some_and(|own| own.name == name)
                || fields.body.is_some_and(|(body, _)| body == name)
        }
    }
}

struct MessageWriter<'a> {
    out: &'a mut Vec<u8>,
    policy: Policy<'a>,
    content_properties: &'a mut String,
}

impl MessageWriter<'_> {
    /// Writes a comma and a key. The comma is always needed, because `type` comes first.
    fn key(&mut self, name: &str) {
        self.entry(b',', name);
    }

    fn entry(&mut self, separator: u8, name: &str) {
        self.out.push(separator);
        string(name, self.out);
        self.out.push(b':');
    }

    fn value(&mut self, value: &Value) -> Result<(), String> {
        serde_json::to_writer(&mut *self.out, value).map_err(|error| error.to_string())
    }

    /// Writes the message's own timestamp, converted to UTC. If the message has none, writes `at`.
    fn timestamp(&mut self, fields: &MessageFields<'_>, at: SystemTime) -> Result<(), String> {
        let own = own_timestamp(fields)?;
        self.key("timestamp");
        self.out.push(b'"');
        match own {
            None => write_timestamp(at, self.out)?,
            Some(own) => {
                own.checked_to_offset(UtcOffset::UTC)
                    .and_then(|own| own.format_into(self.out, &Rfc3339).ok())
                    .ok_or("its timestamp is outside the years 0 to 9999")?;
            }
        }
        self.out.push(b'"');
        Ok(())
    }

    /// Writes the user ids that are not empty.
    fn user(&mut self, fields: &MessageFields<'_>) -> Result<(), String> {
        let (user_id, anonymous_id) = fields.ids();
        let mut found = false;
        for (name, id) in [("userId", user_id), ("anonymousId", anonymous_id)] {
            let extra = || fields.extra.get(name)?.as_str();
            let given = |id: &&str| !id.trim().is_empty();
            let Some(id) = id.filter(given).or_else(extra).filter(given) else {
                continue;
            };
            parse(name, id).map_err(|error| error.to_string())?;
            self.key(name);
            string(id, self.out);
            found = true;
        }
        if found {
            Ok(())
        } else {
            Err("it has neither a userId nor an anonymousId".to_owned())
        }
    }

    /// Writes the message's own context and adds `library` unless the context has one.
    fn context(&mut self, fields: &MessageFields<'_>) -> Result<(), String> {
        let none = Map::new();
        let own = match fields.context.or_else(|| fields.extra.get("context")) {
            None | Some(Value::Null) => &none,
            Some(Value::Object(context)) => context,
            Some(_) => return Err("its `context` is not a JSON object".to_owned()),
        };
        self.key("context");
        let mut separator = b'{';
        let mut has_library = false;
        for (name, value) in own {
            if name == "library" {
                if value.is_null() {
                    continue;
                }
                has_library = true;
            }
            self.entry(separator, name);
            separator = b',';
            self.value(value)?;
        }
        if !has_library {
            self.entry(separator, "library");
            self.out.extend_from_slice(LIBRARY.as_bytes());
        }
        self.out.push(b'}');
        Ok(())
    }

    /// Writes a field. Applies the content policy if the field is `properties`.
    fn field(&mut self, name: &str, value: &Value) -> Result<(), String> {
        self.key(name);
        match value {
            Value::Object(properties) if name == "properties" => self.properties(properties),
            _ => self.value(value),
        }
    }

    fn properties(&mut self, properties: &Map<String, Value>) -> Result<(), String> {
        let mut separator = b'{';
        for (name, value) in properties {
            self.entry(separator, name);
            separator = b',';
            if name != MESSAGE_BODY {
                self.value(value)?;
                continue;
            }
            self.content_properties.push_str(name);
            self.content_properties.push('\n');
            if self.policy.is_full() {
                self.value(value)?;
            } else {
                self.value(&self.policy.apply(value.clone()))?;
            }
        }
        if separator == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
        Ok(())
    }
}
