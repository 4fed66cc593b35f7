//! The fields of a `segment` message, regardless of its kind.

use segment::message::{BatchMessage, User};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::util::json::tree::{heap_size, map_heap_size};

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

    /// Returns the user's ids that are not blank, each with its name. An id in `extra` is used if
    /// the message's own field is blank.
    pub(crate) fn given_ids(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let (user_id, anonymous_id) = self.ids();
        let extra = self.extra;
        [("userId", user_id), ("anonymousId", anonymous_id)]
            .into_iter()
            .filter_map(move |(name, id)| {
                let is_given = |id: &&str| !id.trim().is_empty();
                let in_extra = || extra.get(name)?.as_str();
                let id = id.filter(is_given).or_else(in_extra).filter(is_given)?;
                Some((name, id))
            })
    }

    /// Returns the context, which can be in `extra`.
    pub(crate) fn context_value(&self) -> Option<&'a Value> {
        self.context.or_else(|| self.extra.get("context"))
    }

    /// Returns the integrations, which can be in `extra`.
    pub(crate) fn integrations_value(&self) -> Option<&'a Value> {
        self.integrations.or_else(|| self.extra.get("integrations"))
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
            + heap_size(values.into_iter().flatten())
            + map_heap_size(self.extra)
    }
}

/// Returns the `properties` or `traits` of a message.
pub(crate) fn body_mut(message: &mut BatchMessage) -> Option<&mut Value> {
    match message {
        BatchMessage::Track(m) => Some(&mut m.properties),
        BatchMessage::Identify(m) => Some(&mut m.traits),
        BatchMessage::Page(m) => Some(&mut m.properties),
        BatchMessage::Screen(m) => Some(&mut m.properties),
        BatchMessage::Group(m) => Some(&mut m.traits),
        BatchMessage::Alias(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use segment::message::{Alias, Track};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_size_is_the_sum_of_all_fields() {
        let key = size_of::<String>() + size_of::<Value>();
        let track = BatchMessage::Track(Track {
            user: User::Both {
                user_id: "u".into(),
                anonymous_id: "an".into(),
            },
            event: "name".into(),
            properties: json!("12345678"),
            context: Some(json!("1234567890123456")),
            integrations: Some(json!("12345678901234567890123456789012")),
            extra: Map::from_iter([("x".repeat(64), json!("y".repeat(128)))]),
            timestamp: None,
        });
        assert_eq!(
            MessageFields::of(&track).size(),
            size_of::<BatchMessage>() + key + 1 + 2 + 4 + 8 + 16 + 32 + 64 + 128
        );
        let alias = BatchMessage::Alias(Alias {
            user: User::UserId {
                user_id: "u".into(),
            },
            previous_id: "id".into(),
            ..Alias::default()
        });
        assert_eq!(
            MessageFields::of(&alias).size(),
            size_of::<BatchMessage>() + 1 + 2
        );
    }
}
