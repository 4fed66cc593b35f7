//! Parses encoded events into `segment` messages for hooks, the test kit, and `segment::Client`s.
//!
//! The `segment` crate's own `Deserialize` is not used, because it requires a `timestamp`. For a
//! user with both ids, that implementation also repeats the ids in the extra fields.

use segment::message::{Alias, BatchMessage, Group, Identify, Message, Page, Screen, Track, User};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::delivery::segment::fields::MessageFields;
use crate::delivery::segment::numbers::{self, OriginalNumbers};
use crate::delivery::segment::validate::validate;
use crate::util::json::check;
use crate::util::timestamps::parse_timestamp;

/// A message that was parsed from JSON, together with the original numbers that the parsed values
/// do not reproduce as written.
#[derive(Debug)]
pub(crate) struct ParsedMessage {
    pub(crate) message: BatchMessage,
    pub(crate) numbers: OriginalNumbers,
}

/// Parses an event that this crate has encoded. Returns `None` if the event is not a valid message.
pub(crate) fn parse(json: &[u8]) -> Option<ParsedMessage> {
    let (json, numbers) = numbers::split_off(str::from_utf8(json).ok()?);
    Some(ParsedMessage {
        message: parse_message(&json)?,
        numbers,
    })
}

/// Parses an event that was stored, and checks the rules that apply to every message.
///
/// # Errors
/// Returns what is wrong with the event.
pub(crate) fn parse_stored(json: &[u8]) -> Result<ParsedMessage, String> {
    let text = str::from_utf8(json).map_err(|error| error.to_string())?;
    // This check comes first, because parsing recurses.
    check(text, 0).map_err(|error| error.to_string())?;
    let parsed = parse(json).ok_or("it is not a message of the tracking API")?;
    validate(&MessageFields::of(&parsed.message))?;
    Ok(parsed)
}

/// Parses an event for code that takes messages of the `segment` crate. A number that a `Value`
/// cannot hold becomes a string, so no digit is lost. Returns `None` if the event is not a valid
/// message.
pub(crate) fn parse_exact(json: &[u8]) -> Option<BatchMessage> {
    parse_message(&numbers::exact(str::from_utf8(json).ok()?))
}

fn parse_message(json: &str) -> Option<BatchMessage> {
    let mut fields: Map<String, Value> = serde_json::from_str(json).ok()?;
    let kind = fields.remove("type")?;
    let user = user(
        text(&mut fields, "userId"),
        text(&mut fields, "anonymousId"),
    )?;
    let timestamp = match fields.remove("timestamp") {
        None | Some(Value::Null) => None,
        // A message whose time cannot be parsed is not valid, because the time must not be lost.
        Some(given) => Some(parse_timestamp(given.as_str()?)?),
    };
    let context = fields.remove("context");
    let integrations = fields.remove("integrations");
    Some(match kind.as_str()? {
        "track" => BatchMessage::Track(Track {
            user,
            event: text(&mut fields, "event")?,
            properties: fields.remove("properties")?,
            timestamp,
            context,
            integrations,
            extra: fields,
        }),
        "identify" => BatchMessage::Identify(Identify {
            user,
            traits: fields.remove("traits")?,
            timestamp,
            context,
            integrations,
            extra: fields,
        }),
        "page" => BatchMessage::Page(Page {
            user,
            name: text(&mut fields, "name").unwrap_or_default(),
            properties: fields.remove("properties")?,
            timestamp,
            context,
            integrations,
            extra: fields,
        }),
        "screen" => BatchMessage::Screen(Screen {
            user,
            name: text(&mut fields, "name").unwrap_or_default(),
            properties: fields.remove("properties")?,
            timestamp,
            context,
            integrations,
            extra: fields,
        }),
        "group" => BatchMessage::Group(Group {
            user,
            group_id: text(&mut fields, "groupId")?,
            traits: fields.remove("traits")?,
            timestamp,
            context,
            integrations,
            extra: fields,
        }),
        "alias" => BatchMessage::Alias(Alias {
            user,
            previous_id: text(&mut fields, "previousId")?,
            timestamp,
            context,
            integrations,
            extra: fields,
        }),
        _ => return None,
    })
}

fn text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    match fields.remove(name)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn user(user_id: Option<String>, anonymous_id: Option<String>) -> Option<User> {
    Some(match (user_id, anonymous_id) {
        (Some(user_id), Some(anonymous_id)) => User::Both {
            user_id,
            anonymous_id,
        },
        (Some(user_id), None) => User::UserId { user_id },
        (None, Some(anonymous_id)) => User::AnonymousId { anonymous_id },
        (None, None) => return None,
    })
}

/// Returns the additional fields, e.g. the envelope's `messageId`.
pub(crate) fn extra_mut(message: &mut BatchMessage) -> &mut Map<String, Value> {
    match message {
        BatchMessage::Identify(message) => &mut message.extra,
        BatchMessage::Track(message) => &mut message.extra,
        BatchMessage::Page(message) => &mut message.extra,
        BatchMessage::Screen(message) => &mut message.extra,
        BatchMessage::Group(message) => &mut message.extra,
        BatchMessage::Alias(message) => &mut message.extra,
    }
}

/// Returns the timestamp of a message.
pub(crate) fn timestamp_mut(message: &mut BatchMessage) -> &mut Option<OffsetDateTime> {
    match message {
        BatchMessage::Identify(message) => &mut message.timestamp,
        BatchMessage::Track(message) => &mut message.timestamp,
        BatchMessage::Page(message) => &mut message.timestamp,
        BatchMessage::Screen(message) => &mut message.timestamp,
        BatchMessage::Group(message) => &mut message.timestamp,
        BatchMessage::Alias(message) => &mut message.timestamp,
    }
}

/// Returns the additional fields of a call, e.g. `sentAt`.
pub(crate) fn call_extra_mut(call: &mut Message) -> &mut Map<String, Value> {
    match call {
        Message::Identify(call) => &mut call.extra,
        Message::Track(call) => &mut call.extra,
        Message::Page(call) => &mut call.extra,
        Message::Screen(call) => &mut call.extra,
        Message::Group(call) => &mut call.extra,
        Message::Alias(call) => &mut call.extra,
        Message::Batch(call) => &mut call.extra,
    }
}
