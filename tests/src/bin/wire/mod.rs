//! What the two programs that drive the tracker from outside share: calls of the tracking API as
//! JSON, where to send them, and what the tracker says of its losses.

pub(crate) mod log;

use copilot_track::segment::message::{
    Alias, BatchMessage, Group, Identify, Page, Screen, Track, User,
};
use copilot_track::{Builder, Ledger};
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
pub(crate) struct Call {
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) event: Option<String>,
    #[serde(
        default,
        alias = "user_id",
        alias = "distinct_id",
        deserialize_with = "id"
    )]
    pub(crate) user_id: Option<String>,
    #[serde(default, alias = "anonymous_id", deserialize_with = "id")]
    pub(crate) anonymous_id: Option<String>,
    #[serde(alias = "message_id", alias = "uuid")]
    pub(crate) message_id: Option<String>,
    #[serde(alias = "previous_id")]
    pub(crate) previous_id: Option<String>,
    #[serde(alias = "group_id")]
    pub(crate) group_id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) timestamp: Option<String>,
    pub(crate) properties: Option<Value>,
    pub(crate) traits: Option<Value>,
    pub(crate) context: Option<Value>,
    pub(crate) integrations: Option<Value>,
    /// Sent as they are, e.g. `category`.
    #[serde(flatten)]
    pub(crate) others: Map<String, Value>,
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
    pub(crate) fn into_message(self) -> Result<BatchMessage, String> {
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
    pub(crate) fn time(&self) -> Result<Option<OffsetDateTime>, String> {
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

/// The endpoint that a host names, with or without a scheme: this machine is spoken to in plain
/// HTTP, the world in HTTPS.
pub(crate) fn endpoint(host: &str) -> String {
    if host.contains("://") {
        return host.to_owned();
    }
    let local = ["localhost", "127.", "[::1]"];
    let scheme = if local.iter().any(|start| host.starts_with(start)) {
        "http"
    } else {
        "https"
    };
    format!("{scheme}://{host}")
}

/// Sets what is given, and leaves the default else.
pub(crate) fn set<T>(
    builder: Builder,
    value: Option<T>,
    set: impl FnOnce(Builder, T) -> Builder,
) -> Builder {
    match value {
        Some(value) => set(builder, value),
        None => builder,
    }
}

/// Why not everything was delivered, in words; `None` if it was.
pub(crate) fn losses(ledger: &Ledger, by_status: &[(u16, u64)]) -> Option<String> {
    if ledger.is_all_delivered() {
        return None;
    }
    let dropped = &ledger.dropped;
    let statuses = by_status.iter().map(|(status, events)| match status {
        0 => format!("the transport refused {}", count(*events)),
        _ => format!("the endpoint answered {status} to {}", count(*events)),
    });
    let others = [
        (dropped.expired, "given up", ""),
        (dropped.invalid, "not sendable", "invalid"),
        (dropped.too_large, "too large", "too_large"),
        (dropped.queue_full, "lost to a full queue", "queue_full"),
        (dropped.spool_full, "lost to a full spool", "spool_full"),
        (dropped.hook, "dropped by a hook", "hook"),
        (dropped.shutdown, "abandoned", "shutdown"),
        (ledger.pending, "not delivered in time", ""),
    ];
    let others = others.into_iter().filter(|(events, ..)| *events > 0);
    let others = others.map(|(events, what, reason)| {
        let why = log::why(reason).map_or_else(String::new, |why| format!(" ({why})"));
        format!("{} {what}{why}", count(events))
    });
    let all: Vec<_> = statuses.chain(others).collect();
    // The whole account, if none of the above tells it.
    Some(if all.is_empty() {
        ledger.to_string()
    } else {
        all.join("; ")
    })
}

fn count(events: u64) -> String {
    match events {
        1 => "1 event".to_owned(),
        events => format!("{events} events"),
    }
}
