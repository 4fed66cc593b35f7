//! A tracking API call, read from JSON.

use copilot_track::segment::message::{
    Alias, BatchMessage, Group, Identify, Page, Screen, Track, User,
};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The values of `type`.
const KINDS: &str = "track, identify, page, screen, group, alias";

/// A tracking API call, with the API's field names.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// `track`, `identify`, `page`, `screen`, `group`, or `alias`.
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
    /// The envelope id. If it is absent, the tracker generates one.
    #[serde(alias = "message_id", alias = "uuid")]
    pub message_id: Option<String>,
    /// An `alias` call's previous id.
    #[serde(alias = "previous_id")]
    pub previous_id: Option<String>,
    /// A `group` call's group.
    #[serde(alias = "group_id")]
    pub group_id: Option<String>,
    /// The name of a page or a screen.
    pub name: Option<String>,
    /// The time of the call, in ISO 8601.
    pub timestamp: Option<String>,
    /// The properties of a `track`, `page`, or `screen` call.
    pub properties: Option<Value>,
    /// The traits of an `identify` or `group` call.
    pub traits: Option<Value>,
    /// Segment's `context`.
    pub context: Option<Value>,
    /// Segment's `integrations`.
    pub integrations: Option<Value>,
    /// All other fields, such as `category`. They are sent unchanged.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// Reads a user id, which is a string or a number. A number is converted to a string.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        other => Err(D::Error::custom(format!(
            "a user id must be a string, not {other}"
        ))),
    }
}

impl Call {
    /// Converts the call to a message of the `segment` crate. The tracker adds missing fields.
    ///
    /// # Errors
    /// Returns an error if the type is missing or unknown, or if the timestamp is invalid.
    pub fn into_message(self) -> Result<BatchMessage, String> {
        let Some(kind) = &self.kind else {
            return Err(format!("`type` is missing: expected one of {KINDS}"));
        };
        let timestamp = self.time()?;
        let user = match (self.user_id, self.anonymous_id) {
            (Some(user_id), Some(anonymous_id)) => User::Both {
                user_id,
                anonymous_id,
            },
            (Some(user_id), None) => User::UserId { user_id },
            (None, Some(anonymous_id)) => User::AnonymousId { anonymous_id },
            // The tracker rejects a call without a user and logs the reason.
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
                    "unknown `type` `{unknown}`: expected one of {KINDS}"
                ));
            }
        })
    }

    /// Returns the time of the call, if it has one.
    ///
    /// # Errors
    /// Returns an error if the timestamp is invalid.
    pub fn time(&self) -> Result<Option<OffsetDateTime>, String> {
        let parse = |text: &String| {
            // As in other SDKs, a time without a zone is in UTC, and a date without a time means
            // midnight.
            ["", "Z", "T00:00:00Z"]
                .iter()
                .find_map(|end| OffsetDateTime::parse(&format!("{text}{end}"), &Rfc3339).ok())
                .ok_or_else(|| {
                    format!("invalid `timestamp` `{text}`: expected ISO 8601, e.g. 2026-01-02T03:04:05.678Z")
                })
        };
        self.timestamp.as_ref().map(parse).transpose()
    }
}
