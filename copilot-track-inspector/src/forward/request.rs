//! A request to forward, made from the events of a request that arrived.

use copilot_track_ingest::{Endpoint, RawObject};
use serde_json::value::RawValue;

use crate::{event::model::Event, timestamp::Timestamp};

/// A request to forward.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ForwardRequest {
    /// The path of the request that arrived. Segment accepts the same paths.
    pub(super) path: String,
    is_batch: bool,
    /// The calls as JSON, without write keys.
    calls: Vec<String>,
    context: Option<String>,
    integrations: Option<String>,
    sent_at: SentAt,
}

/// The `sentAt` of the request.
#[derive(Clone, Debug, PartialEq)]
enum SentAt {
    Missing,
    /// It is not a time. It is forwarded unchanged.
    Invalid(String),
    /// The time of arrival minus `sentAt`, in milliseconds. Segment subtracts this difference from
    /// each timestamp, so it must not grow while the request waits.
    Skew(i64),
}

impl ForwardRequest {
    /// Returns the request to forward for the events of a request that arrived, if there is one.
    /// Events that are not JSON objects are left out, because Segment cannot read them.
    pub(crate) fn new(path: &str, endpoint: Endpoint, events: &[Event]) -> Option<Self> {
        let delivery = &events.first()?.delivery.request;
        let is_batch = endpoint == Endpoint::Batch;
        let left_out: &[&str] = if is_batch {
            &["writeKey"]
        } else {
            &["writeKey", "sentAt"]
        };
        let calls: Vec<_> = events
            .iter()
            .filter_map(|event| without(&event.raw, left_out))
            .collect();
        if calls.is_empty() {
            return None;
        }
        Some(Self {
            path: path.to_owned(),
            is_batch,
            calls,
            context: delivery.batch_context.clone(),
            integrations: delivery.batch_integrations.clone(),
            sent_at: match (&delivery.sent_at, delivery.skew_ms) {
                (None, _) => SentAt::Missing,
                (Some(text), None) => SentAt::Invalid(text.clone()),
                (Some(_), Some(skew_ms)) => SentAt::Skew(skew_ms),
            },
        })
    }

    /// Returns the number of events.
    pub(super) fn events(&self) -> u64 {
        self.calls.len() as u64
    }

    /// Returns the approximate size in memory, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.calls.iter().map(String::len).sum::<usize>() + 1_024
    }

    /// Returns the body of the request if it is sent now.
    pub(super) fn body(&self, now: Timestamp) -> String {
        let sent_at = match &self.sent_at {
            SentAt::Missing => None,
            SentAt::Invalid(text) => Some(text.clone()),
            SentAt::Skew(skew_ms) => Some(Timestamp(now.0.saturating_sub(*skew_ms)).to_iso8601()),
        };
        let sent_at = sent_at.map(|text| serde_json::Value::from(text).to_string());
        let sent_at = sent_at.as_deref().map(|json| ("sentAt", json));
        if !self.is_batch {
            let call = self.calls.first().map_or("{}", String::as_str);
            return with(call, sent_at);
        }
        let mut body = format!("{{\"batch\":[{}]", self.calls.join(","));
        let members = [
            ("context", self.context.as_deref()),
            ("integrations", self.integrations.as_deref()),
        ];
        let members = members.into_iter();
        let members = members.filter_map(|(name, json)| Some((name, json?)));
        for (name, json) in members.chain(sent_at) {
            for part in [",\"", name, "\":", json] {
                body.push_str(part);
            }
        }
        body.push('}');
        body
    }
}

/// Returns a JSON object without some of its members. All other members are unchanged. Returns
/// `None` if the JSON is not an object.
fn without(json: &str, names: &[&str]) -> Option<String> {
    let members: RawObject<'_> = serde_json::from_str(json).ok()?;
    if !members.iter().any(|(name, _)| names.contains(&name)) {
        return Some(json.to_owned());
    }
    let kept = members.iter().filter(|(name, _)| !names.contains(name));
    let kept: Vec<_> = kept.map(|(name, value)| member(name, value)).collect();
    Some(format!("{{{}}}", kept.join(",")))
}

fn member(name: &str, value: &RawValue) -> String {
    format!("{}:{}", serde_json::Value::from(name), value.get())
}

/// Returns a JSON object with a further member.
fn with(object: &str, member: Option<(&str, &str)>) -> String {
    let Some((name, json)) = member else {
        return object.to_owned();
    };
    let members = object.trim().trim_start_matches('{').trim_start();
    let comma = if members.starts_with('}') { "" } else { "," };
    format!("{{\"{name}\":{json}{comma}{members}")
}
