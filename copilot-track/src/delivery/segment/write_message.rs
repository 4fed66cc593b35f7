//! Encodes messages that the application created.

use std::time::SystemTime;

use segment::message::BatchMessage;
use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};
use uuid::Uuid;

use crate::delivery::dead_letters::dead_letter::DeadLetter;
use crate::delivery::segment::context::ContextPolicy;
use crate::delivery::segment::defaults::Defaults;
use crate::delivery::segment::fields::MessageFields;
use crate::delivery::segment::library::LIBRARY;
use crate::delivery::segment::numbers::{Node, OriginalNumbers};
use crate::delivery::segment::validate::validate;
use crate::event::ids::envelope_id::EnvelopeId;
use crate::event::ids::parse::parse;
use crate::event::properties::content_names::ContentNames;
use crate::event::properties::names::{CONVERSATION_ID, MESSAGE_BODY, MESSAGE_ID, ROLE};
use crate::privacy::client_ip::ClientIp;
use crate::privacy::content::{Content, Policy};
use crate::util::json::string;
use crate::util::timestamps::{parse_timestamp, write_timestamp};

/// How a message is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WriteOptions<'a> {
    /// The original numbers, if the message was parsed from JSON.
    pub(crate) numbers: &'a OriginalNumbers,
    /// Used if the message has no id.
    pub(crate) id: EnvelopeId,
    /// Used if the message has no timestamp.
    pub(crate) at: SystemTime,
    pub(crate) policy: Policy<'a>,
    pub(crate) scope: PolicyScope,
    /// What is added to a message that the application created.
    pub(crate) defaults: Option<&'a Defaults>,
}

/// The properties that the content policy applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyScope {
    /// The message body.
    MessageBody,
    /// All properties except the ids and the role, because it is not known which properties contain
    /// text from the conversation.
    AllProperties,
}

/// Validates the message, appends its JSON to `out`, and adds missing fields.
///
/// The message must have passed [`check_depth`]. The names of the properties that always contain
/// text from the conversation are added to `content_names`.
///
/// [`check_depth`]: crate::delivery::segment::nesting::Nested::check_depth
pub(crate) fn write(
    message: &BatchMessage,
    options: WriteOptions<'_>,
    out: &mut Vec<u8>,
    content_names: &mut ContentNames,
) -> Result<(), String> {
    let fields = MessageFields::of(message);
    validate(&fields)?;
    let mut call = MessageWriter {
        out,
        options,
        content_names,
    };
    call.out.extend_from_slice(br#"{"type":""#);
    call.out.extend_from_slice(fields.kind.as_bytes());
    call.out.extend_from_slice(br#"","messageId":"#);
    match own_id(&fields) {
        Some(own) => string(own, call.out),
        None => string(options.id.encode(&mut [0; 36]), call.out),
    }
    call.timestamp(&fields, options.at)?;
    for (name, id) in fields.given_ids() {
        call.key(name);
        string(id, call.out);
    }
    if let Some(own) = fields.specific
        && !own.text.trim().is_empty()
    {
        call.key(own.name);
        string(own.text, call.out);
    }
    if let Some((name, body)) = fields.body {
        if body.is_null() {
            call.key(name);
            call.out.extend_from_slice(b"{}");
        } else {
            call.field(name, body);
        }
    }
    call.context(&fields);
    let default_integrations = options
        .defaults
        .and_then(|defaults| defaults.integrations(None));
    if let Some(integrations) = fields.integrations_value()
        && !integrations.is_null()
    {
        call.field("integrations", integrations);
    } else if let Some(integrations) = default_integrations {
        call.field("integrations", &integrations);
    }
    for (name, value) in fields.extra {
        if !is_left_out(name, &fields) {
            call.field(name, value);
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
    content_names: &mut ContentNames,
) -> Result<(), String> {
    let (content, scope) = if letter.content < policy.content {
        (policy.content, PolicyScope::AllProperties)
    } else {
        (Content::Full, PolicyScope::MessageBody)
    };
    let options = WriteOptions {
        numbers: &letter.event.numbers,
        // These values are not used, because a dead letter has its own id and timestamp.
        id: EnvelopeId::from_uuid(Uuid::nil()),
        at: SystemTime::UNIX_EPOCH,
        policy: Policy { content, ..policy },
        scope,
        // The message already contains them.
        defaults: None,
    };
    write(&letter.event.message, options, out, content_names)
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
        "sentAt" | "type" | "messageId" | "timestamp" | "userId" | "anonymousId" | "context"
        | "integrations" => true,
        _ => {
            fields.specific.is_some_and(|own| own.name == name)
                || fields.body.is_some_and(|(body, _)| body == name)
        }
    }
}

struct MessageWriter<'a> {
    out: &'a mut Vec<u8>,
    options: WriteOptions<'a>,
    content_names: &'a mut ContentNames,
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

    /// Writes a value that was parsed from `node`.
    fn value(&mut self, value: &Value, node: Option<&Node>) {
        self.options.numbers.write(value, node, self.out);
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

    /// Writes the message's own context and adds `library` unless the context has one.
    fn context(&mut self, fields: &MessageFields<'_>) {
        let own = fields.context_value().and_then(Value::as_object);
        let node = self.options.numbers.field("context");
        self.key("context");
        let mut separator = b'{';
        let mut has_library = false;
        // The event was stored under a less strict policy.
        let is_stricter = self.options.scope == PolicyScope::AllProperties;
        for (name, value) in own.into_iter().flatten() {
            if name == "library" {
                if value.is_null() {
                    continue;
                }
                has_library = true;
            }
            if is_stricter && ContextPolicy::applies_to(name) {
                let policy = ContextPolicy {
                    content: self.options.policy,
                    client_ip: ClientIp::default(),
                };
                if let Some(json) = policy.json(name, value) {
                    self.entry(separator, name);
                    separator = b',';
                    self.out.extend_from_slice(&json);
                }
                continue;
            }
            self.entry(separator, name);
            separator = b',';
            self.value(value, node.and_then(|node| node.child(name)));
        }
        if !has_library {
            self.entry(separator, "library");
            self.out.extend_from_slice(LIBRARY.as_bytes());
        }
        if let Some(defaults) = self.options.defaults
            && let Some(context) = &defaults.context
        {
            let missing = match own {
                Some(own) => &context.without(own),
                None => context,
            };
            let policy = ContextPolicy {
                content: self.options.policy,
                client_ip: defaults.client_ip,
            };
            policy.write(missing, self.out);
        }
        self.out.push(b'}');
    }

    /// Writes a field. Applies the content policy if the field is `properties`.
    fn field(&mut self, name: &str, value: &Value) {
        self.key(name);
        let node = self.options.numbers.field(name);
        match value {
            Value::Object(properties) if name == "properties" => self.properties(properties, node),
            _ => self.value(value, node),
        }
    }

    fn properties(&mut self, properties: &Map<String, Value>, node: Option<&Node>) {
        let mut separator = b'{';
        for (name, value) in properties {
            self.entry(separator, name);
            separator = b',';
            let node = node.and_then(|node| node.child(name));
            if name == MESSAGE_BODY {
                self.content_names.add(name);
            }
            if self.options.policy.is_full() || !self.options.scope.includes(name) {
                self.value(value, node);
            } else {
                let mut json = Vec::new();
                self.options.numbers.write(value, node, &mut json);
                let json = str::from_utf8(&json).unwrap_or_default();
                self.options.policy.apply(json, self.out);
            }
        }
        if separator == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
    }
}

impl PolicyScope {
    fn includes(self, property: &str) -> bool {
        match self {
            Self::MessageBody => property == MESSAGE_BODY,
            Self::AllProperties => ![CONVERSATION_ID, MESSAGE_ID, ROLE].contains(&property),
        }
    }
}
