//! Calls of the tracking API as JSON.

use copilot_track::segment::message::{
    Alias, BatchMessage, Group, Identify, Page, Screen, Track, User,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The kinds of call, as `type` names them.
const KINDS: &str = "track, identify, page, screen, group, alias";

/// One call of the tracking API, with the API's own names.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// `track`, `identify`, `page`, `screen`, `group` or `alias`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// A `track` call's event name.
    pub event: Option<String>,
    /// The id of a known user.
    #[serde(
        default,
        alias = "user_id",
        alias = "distinct_id",
        deserialize_with = "id"
    )]
    pub user_id: Option<String>,
    /// The id of an anonymous user.
    #[serde(default, alias = "anonymous_id", deserialize_with = "id")]
    pub anonymous_id: Option<String>,
    /// The envelope id; the tracker chooses one if it is absent.
    #[serde(alias = "message_id", alias = "uuid")]
    pub message_id: Option<String>,
    /// An `alias` call's previous id.
    #[serde(alias = "previous_id")]
    pub previous_id: Option<String>,
    /// A `group` call's group.
    #[serde(alias = "group_id")]
    pub group_id: Option<String>,
    /// A page's or screen's name.
    pub name: Option<String>,
    /// When it happened, in ISO 8601.
    pub timestamp: Option<String>,
    /// The properties of a `track`, `page` or `screen` call.
    pub properties: Option<Value>,
    /// The traits of an `identify` or `group` call.
    pub traits: Option<Value>,
    /// Segment's `context`.
    pub context: Option<Value>,
    /// Segment's `integrations`.
    pub integrations: Option<Value>,
    /// Sent as they are, e.g. `category`.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// A user's id: a text, or a number as a text.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        other => Err(D::Error::custom(format!(
            "a user's id is a text, and not {other}"
        ))),
    }
}

impl Call {
    /// The call as a message of the `segment` crate. What the message lacks is left to the tracker.
    pub fn into_message(self) -> Result<BatchMessage, String> {
        let Some(kind) = &self.kind else {
            return Err(format!("it has no `type`: one of {KINDS}"));
        };
        let timestamp = self.time()?;
        let user = match (self.user_id, self.anonymous_id) {
            (Some(user_id), Some(anonymous_id)) => User::Both {
                user_id,
                anonymous_id,
            },
            (Some(user_id), None) => User::UserId { user_id },
            (None, Some(anonymous_id)) => User::AnonymousId { anonymous_id },
            // Nobody: the tracker refuses it, and says why.
            (None, None) => User::default(),
        };
        let (context, integrations) = (self.context, self.integrations);
        let properties = self.properties.unwrap_or_default();
        let traits = self.traits.unwrap_or_default();
        let mut extra = self.others;
        extra.retain(|_, value| !value.is_null());
        if let Some(id) = self.message_id {
            extra.insert("messageId".to_owned(), Value::String(id));
        }
        Ok(match kind.as_str() {
            "track" => BatchMessage::Track(Track {
                user,
                event: self.event.unwrap_or_default(),
                properties,
                timestamp,
                context,
                integrations,
                extra,
            }),
            "identify" => BatchMessage::Identify(Identify {
                user,
                traits,
                timestamp,
                context,
                integrations,
                extra,
            }),
            "page" => BatchMessage::Page(Page {
                user,
                name: self.name.unwrap_or_default(),
                properties,
                timestamp,
                context,
                integrations,
                extra,
            }),
            "screen" => BatchMessage::Screen(Screen {
                user,
                name: self.name.unwrap_or_default(),
                properties,
                timestamp,
                context,
                integrations,
                extra,
            }),
            "group" => BatchMessage::Group(Group {
                user,
                group_id: self.group_id.unwrap_or_default(),
                traits,
                timestamp,
                context,
                integrations,
                extra,
            }),
            "alias" => BatchMessage::Alias(Alias {
                user,
                previous_id: self.previous_id.unwrap_or_default(),
                timestamp,
                context,
                integrations,
                extra,
            }),
            unknown => {
                return Err(format!(
                    "unknown event type `{unknown}`: it is one of {KINDS}"
                ));
            }
        })
    }

    /// When it happened, if it says so.
    pub fn time(&self) -> Result<Option<OffsetDateTime>, String> {
        let parse = |text: &String| {
            // As other SDKs read it: without a zone it is UTC, and a day begins at midnight.
            ["", "Z", "T00:00:00Z"]
                .iter()
                .find_map(|end| OffsetDateTime::parse(&format!("{text}{end}"), &Rfc3339).ok())
                .ok_or_else(|| {
                    format!("its timestamp `{text}` is not ISO 8601, e.g. 2026-01-02T03:04:05.678Z")
                })
        };
        self.timestamp.as_ref().map(parse).transpose()
    }
}
