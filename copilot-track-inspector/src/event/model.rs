//! One call of the tracking API as it arrived, and how it came.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{brief::Brief, payload::payload_key};
use crate::{timestamp::Timestamp, verdict::findings::Verdict};

/// One call of the tracking API, as it arrived.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    #[serde(default)]
    pub(crate) seq: u64,
    pub(crate) received_at: Timestamp,
    #[serde(rename = "type", default)]
    pub(crate) kind: String,
    #[serde(rename = "event", skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conversation_id: Option<String>,
    /// The call named no conversation; this is the one that its user was last in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) conversation_inferred: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) envelope_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) anonymous_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp: Option<String>,
    #[serde(default)]
    pub(crate) size_bytes: usize,
    #[serde(default)]
    pub(crate) verdict: Verdict,
    #[serde(default)]
    pub(crate) delivery: Delivery,
    /// What was said, whole.
    #[serde(skip)]
    pub(crate) text: Option<String>,
    /// What else a search looks at: a tool's type and action, a medium's type.
    #[serde(skip)]
    pub(crate) labels: Option<String>,
    /// The rating of a Feedback Submitted.
    #[serde(skip)]
    pub(crate) rating: Option<f64>,
    /// The call's JSON as it came.
    #[serde(skip)]
    pub(crate) raw: String,
    /// What a list shows of the call.
    #[serde(skip)]
    pub(crate) brief: Brief,
}

/// How an event came.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    #[serde(flatten)]
    pub(crate) request: Arc<DeliveryRequest>,
    #[serde(default)]
    pub(crate) index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) library: Option<String>,
}

/// The HTTP request that an event came with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryRequest {
    #[serde(rename = "request", default)]
    pub(crate) number: u64,
    #[serde(default)]
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) batch_size: usize,
    #[serde(default)]
    pub(crate) retry_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) encoding: Option<String>,
    #[serde(default)]
    pub(crate) body_bytes: usize,
    #[serde(default)]
    pub(crate) wire_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sent_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) skew_ms: Option<i64>,
    /// Shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) write_key: Option<String>,
    #[serde(default)]
    pub(crate) status: u16,
    /// The batch's own `context`, which each event inherits, as JSON.
    #[serde(skip)]
    pub(crate) batch_context: Option<String>,
    /// The batch's own `integrations`, as JSON.
    #[serde(skip)]
    pub(crate) batch_integrations: Option<String>,
}

impl Event {
    /// Its place in the order in which everything arrived, from 1.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The kind of call: `track`, `identify`, `page`, `screen`, `group`, `alias`; or `request` for
    /// a request that was refused as a whole.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The name of a Track call's event.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The conversation that it belongs to.
    #[must_use]
    pub fn conversation_id(&self) -> Option<&str> {
        self.conversation_id.as_deref()
    }

    /// The chat message's id, in `properties`.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// The call's own top-level `messageId`, by which Segment tells duplicates.
    #[must_use]
    pub fn envelope_id(&self) -> Option<&str> {
        self.envelope_id.as_deref()
    }

    /// The known user.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }

    /// The anonymous user.
    #[must_use]
    pub fn anonymous_id(&self) -> Option<&str> {
        self.anonymous_id.as_deref()
    }

    /// What was said: the `message_body`.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The call's JSON as it came, its write key shortened.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// One of its properties (of identify and group calls: of its traits).
    #[must_use]
    pub fn property(&self, name: &str) -> Option<Value> {
        let mut call: Value = serde_json::from_str(&self.raw).ok()?;
        Some(call.get_mut(payload_key(&self.kind))?.get_mut(name)?.take())
    }

    /// What was found of it when held against the spec and the tracking API's limits.
    #[must_use]
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// How it came.
    #[must_use]
    pub fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    /// What it takes in memory, about.
    pub(crate) fn memory_bytes(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let findings: usize = self
            .verdict
            .findings
            .iter()
            .map(|f| 96 + f.path.len() + f.message.len())
            .sum();
        size_of::<Self>()
            + 128
            + self.raw.len()
            + self.brief.heap_bytes()
            + text(&self.text)
            + text(&self.labels)
            + text(&self.conversation_id) * 2
            + text(&self.envelope_id) * 2
            + text(&self.user_id)
            + text(&self.anonymous_id)
            + text(&self.message_id)
            + text(&self.name)
            + findings
    }
}

impl Delivery {
    /// The number of the HTTP request, from 1.
    #[must_use]
    pub fn request(&self) -> u64 {
        self.request.number
    }

    /// Its place in its batch, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// How many events came with it in one request.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        self.request.batch_size
    }

    /// What `X-Retry-Count` said; 0 without.
    #[must_use]
    pub fn retry_count(&self) -> u64 {
        self.request.retry_count
    }

    /// The path that it was posted to.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.request.path
    }

    /// The body's encoding: `gzip`, `deflate`, or none.
    #[must_use]
    pub fn encoding(&self) -> Option<&str> {
        self.request.encoding.as_deref()
    }

    /// The request's body in bytes: decompressed, and as it came over the wire.
    #[must_use]
    pub fn bytes(&self) -> (usize, usize) {
        (self.request.body_bytes, self.request.wire_bytes)
    }

    /// The client library's name and version.
    #[must_use]
    pub fn library(&self) -> Option<&str> {
        self.library.as_deref()
    }
}
