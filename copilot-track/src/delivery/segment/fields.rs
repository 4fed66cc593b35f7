//! The fields of a `segment` message, independent of its kind.

use segment::message::{BatchMessage, User};
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// The fields of a `segment` message.
#[derive(Debug)]
pub(crate) struct MessageFields<'a> {
    /// The value of the tracking API's `type` field.
    pub(crate) kind: &'static str,
    pub(crate) user: &'a User,
    /// The field that only this kind of message has.
    pub(crate) specific: Option<SpecificField<'a>>,
    /// The name and the value of `properties` or `traits`.
    pub(crate) body: Option<(&'static str, &'a Value)>,
    pub(crate) timestamp: Option<OffsetDateTime>,
    pub(crate) context: Option<&'a Value>,
    pub(crate) integrations: Option<&'a Value>,
    pub(crate) extra: &'a Map<String, Value>,
}

/// A string field that only one kind of message has, e.g. `event` in Track.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpecificField<'a> {
    pub(crate) name: &'static str,
    pub(crate) text: &'a str,
    /// Whether the field must not be empty.
    pub(crate) required: bool,
}

impl<'a> MessageFields<'a> {
    pub(crate) fn of(message: &'a BatchMessage) -> Self {
        let specific = |name, text, required| {
            Some(SpecificField {
                name,
                text,
                required,
            })
        };
        macro_rules! fields {
            ($kind:literal, $message:ident, $specific:expr, $body:expr) => {
                Self {
                    kind: $kind,
                    user: &$message.user,
                    specific: $specific,
                    body: $body,
                    timestamp: $message.timestamp,
                    context: $message.context.as_ref(),
                    integrations: $message.integrations.as_ref(),
                    extra: &$message.extra,
                }
            };
        }
        match message {
            BatchMessage::Track(m) => fields!(
                "track",
                m,
                specific("event", &m.event, true),
                Some(("properties", &m.properties))
            ),
            BatchMessage::Identify(m) => {
                fields!("identify", m, None, Some(("traits", &m.traits)))
            }
            BatchMessage::Page(m) => fields!(
                "page",
                m,
                specific("name", &m.name, false),
                Some(("properties", &m.properties))
            ),
            BatchMessage::Screen(m) => fields!(
                "screen",
                m,
                specific("name", &m.name, false),
                Some(("properties", &m.properties))
            ),
            BatchMessage::Group(m) => fields!(
                "group",
                m,
                specific("groupId", &m.group_id, true),
                Some(("traits", &m.traits))
            ),
            BatchMessage::Alias(m) => {
                fields!(
                    "alias",
                    m,
                    specific("previousId", &m.previous_id, true),
                    None
                )
            }
        }
    }

    /// Returns the user id and the anonymous id. Either can be empty.
    pub(crate) fn ids(&self) -> (Option<&'a str>, Option<&'a str>) {
        match self.user {
            User::UserId { user_id } => (Some(user_id), None),
            User::AnonymousId { anonymous_id } => (None, Some(anonymous_id)),
            User::Both {
                user_id,
                anonymous_id,
            } => (Some(user_id), Some(anonymous_id)),
        }
    }

    /// Returns the approximate size of the message in memory, in bytes.
    pub(crate) fn size(&self) -> usize {
        let (user_id, anonymous_id) = self.ids();
        let texts = [user_id, anonymous_id, self.specific.map(|field| field.text)];
        let values = [
            self.body.map(|(_, body)| body),
            self.context,
            self.integrations,
        ];
        size_of::<BatchMessage>()
            + texts.into_iter().flatten().map(str::len).sum::<usize>()
            + values.into_iter().flatten().map(heap_size).sum::<usize>()
            + entries_size(self.extra)
    }
}

/// Returns the approximate size of a value on the heap, in bytes.
fn heap_size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items
            .iter()
            .map(|item| size_of_val(item) + heap_size(item))
            .sum(),
        Value::Object(map) => entries_size(map),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

fn entries_size(map: &Map<String, Value>) -> usize {
    map.iter()
        .map(|(key, value)| size_of_val(key) + key.len() + size_of_val(value) + heap_size(value))
        .sum()
}
