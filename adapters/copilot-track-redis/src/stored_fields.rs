//! Conversion between conversations and the fields of a hash.

use std::collections::HashMap;

use copilot_track::MessageId;
use copilot_track::store::{ConversationUpdate, CountedMessage, StoreError, StoredConversation};
use serde::Serialize;
use serde::de::DeserializeOwned;

const USER: &str = "user";
const LATEST: &str = "latest_message_id";
const CONTENT: &str = "content";
const CONSENT: &str = "consent";
const CONTEXT: &str = "context";
const STARTED: &str = "started";

/// Returns the values that an update changes, as JSON.
pub(crate) fn changed_values(
    update: &ConversationUpdate,
) -> Result<Vec<(&'static str, String)>, StoreError> {
    let mut fields = Vec::new();
    add(&mut fields, USER, update.user.as_ref())?;
    add(&mut fields, LATEST, update.latest_message_id.as_ref())?;
    add(&mut fields, CONTENT, update.content.as_ref())?;
    add(&mut fields, CONSENT, update.consent.as_ref())?;
    add(&mut fields, CONTEXT, update.context.as_ref())?;
    Ok(fields)
}

fn add(
    fields: &mut Vec<(&'static str, String)>,
    name: &'static str,
    value: Option<&impl Serialize>,
) -> Result<(), StoreError> {
    if let Some(value) = value {
        let json = serde_json::to_string(value).map_err(StoreError::new)?;
        fields.push((name, json));
    }
    Ok(())
}

/// Returns the entry of a message among the known messages.
pub(crate) fn entry(message: &CountedMessage) -> String {
    let direction = if message.from_customer { 's' } else { 'r' };
    format!("{direction}{}", message.id)
}

fn message(entry: &str) -> Option<CountedMessage> {
    let from_customer = match entry.as_bytes().first()? {
        b's' => true,
        b'r' => false,
        _ => return None,
    };
    let id = MessageId::new(entry.get(1..)?).ok()?;
    Some(CountedMessage::new(id, from_customer))
}

/// Parses a conversation. `entries` are its known messages and updates, the newest first.
pub(crate) fn parse(
    fields: &HashMap<String, String>,
    entries: &[String],
) -> Result<StoredConversation, StoreError> {
    let mut stored = StoredConversation::default();
    stored.messages_sent = number(fields, "sent");
    stored.messages_received = number(fields, "received");
    stored.ends = number(fields, "ends");
    stored.messages_at_end = number(fields, "messages_at_end");
    stored.started = fields.contains_key(STARTED);
    stored.user = value(fields, USER)?;
    stored.latest_message_id = value(fields, LATEST)?;
    stored.content = value(fields, CONTENT)?;
    stored.consent = value(fields, CONSENT)?;
    stored.context = value(fields, CONTEXT)?;
    let messages = entries.iter().filter_map(|entry| message(entry));
    stored.recent_messages = messages.collect();
    Ok(stored)
}

fn number(fields: &HashMap<String, String>, name: &str) -> u64 {
    let number = fields.get(name).and_then(|number| number.parse().ok());
    number.unwrap_or_default()
}

fn value<T: DeserializeOwned>(
    fields: &HashMap<String, String>,
    name: &str,
) -> Result<Option<T>, StoreError> {
    let json = fields.get(name);
    json.map(|json| serde_json::from_str(json).map_err(StoreError::new))
        .transpose()
}
