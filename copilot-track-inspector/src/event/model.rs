//! A call to the tracking API, and how it arrived.

use std::{borrow::Cow, sync::Arc};

use compact_str::CompactString;
use copilot_track_ingest::{Call, JsonObject, MAX_BATCH_CALLS};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    brief::Brief,
    heap::{heap_bytes, short_heap_bytes},
    measures::Measures,
    message_text::MessageText,
    payload::payload_key,
};
use crate::{
    timestamp::Timestamp,
    verdict::{code::FindingCode, findings::Verdict},
};

/// The approximate size of an event's entries in the indexes of the store, in bytes.
const INDEX_BYTES: usize = 160;

/// A call to the tracking API as it arrived, with the verdict on it.
///
/// Most names and many ids are short. They are stored in the event itself, and not in a separate
/// allocation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    #[serde(default)]
    pub(crate) seq: u64,
    pub(crate) received_at: Timestamp,
    /// The time at which the event happened.
    #[serde(default)]
    pub(crate) occurred_at: Timestamp,
    /// Whether the event happened before an event of the same conversation that arrived in an
    /// earlier request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) late: bool,
    /// The time between a question and its reply, if this event was the second of the two to
    /// arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer_ms: Option<u64>,
    #[serde(rename = "type", default)]
    pub(crate) kind: CompactString,
    #[serde(rename = "event", skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<CompactString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conversation_id: Option<CompactString>,
    /// Whether the conversation was inferred: an Identify call without a conversation id is
    /// assigned to the user's last conversation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) conversation_inferred: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message_id: Option<CompactString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) envelope_id: Option<CompactString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<CompactString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) anonymous_id: Option<CompactString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp: Option<CompactString>,
    #[serde(default)]
    pub(crate) size_bytes: usize,
    #[serde(default)]
    pub(crate) verdict: Verdict,
    #[serde(default)]
    pub(crate) delivery: Delivery,
    /// The message text, in full.
    #[serde(skip)]
    pub(crate) text: Option<MessageText>,
    /// Other searchable text: the type and action of a tool, or the types of media.
    #[serde(skip)]
    pub(crate) labels: Option<CompactString>,
    /// The rating of a Feedback Submitted event.
    #[serde(skip)]
    pub(crate) rating: Option<f64>,
    /// The `message_count` of a Conversation Ended event.
    #[serde(skip)]
    pub(crate) message_count: Option<u64>,
    /// The values of a tool call or of a reply that the numbers need.
    #[serde(skip)]
    pub(crate) measures: Option<Box<Measures>>,
    /// The call's JSON as it arrived, with its write key redacted.
    #[serde(skip)]
    pub(crate) raw: Box<str>,
    /// The part of the call that is shown in lists, if it was built when the call arrived. See
    /// [`Brief`].
    #[serde(skip)]
    pub(crate) brief: Option<Box<Brief>>,
}

/// How an event arrived.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    #[serde(flatten)]
    pub(crate) request: Arc<DeliveryRequest>,
    #[serde(default)]
    pub(crate) index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) library: Option<CompactString>,
}

/// The HTTP request in which an event arrived.
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
    /// The redacted write key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) write_key: Option<String>,
    #[serde(default)]
    pub(crate) status: u16,
    /// The batch's `context` as JSON. Each event inherits it.
    #[serde(skip)]
    pub(crate) batch_context: Option<String>,
    /// The batch's `integrations` as JSON. Each event inherits them.
    #[serde(skip)]
    pub(crate) batch_integrations: Option<String>,
}

impl Event {
    /// Returns the event's sequence number. The first event that arrives has number 1.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Returns the kind of call: `track`, `identify`, `page`, `screen`, `group`, or `alias`.
    /// Returns `request` for a request that was rejected as a whole.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the event name of a Track call.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the id of the conversation that the event belongs to.
    #[must_use]
    pub fn conversation_id(&self) -> Option<&str> {
        self.conversation_id.as_deref()
    }

    /// Returns the id of the chat message, which is in `properties`.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// Returns the call's top-level `messageId`, by which Segment detects duplicates.
    #[must_use]
    pub fn envelope_id(&self) -> Option<&str> {
        self.envelope_id.as_deref()
    }

    /// Returns the id of the known user.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }

    /// Returns the id of the anonymous user.
    #[must_use]
    pub fn anonymous_id(&self) -> Option<&str> {
        self.anonymous_id.as_deref()
    }

    /// Returns whether Segment deletes the event, because an earlier one has the same envelope id.
    pub(crate) fn is_duplicate(&self) -> bool {
        self.verdict.has(FindingCode::DuplicateEnvelopeId)
            || self.verdict.has(FindingCode::ConflictingEnvelopeId)
    }

    /// Returns whether the event happened before an event of the same conversation that had arrived
    /// earlier, in another request.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.late
    }

    /// Returns the message text, which is the `message_body` property.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_ref().map(|text| text.as_str(&self.raw))
    }

    /// Returns the call's JSON as it arrived, with its write key redacted.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Returns the value of a property, or of a trait of an Identify or Group call. A number that
    /// an `f64` cannot represent, such as `1e400`, is the largest finite number with the same sign.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<Value> {
        let call = Call::new(&self.raw);
        let call = call.parse().ok()?;
        let property = call.members().get(payload_key(&self.kind))?.get(name)?;
        Some(property.to_value())
    }

    /// Builds the part of the call that is shown in lists, if it has not been built. `call` is the
    /// parsed call, and `json` is its JSON.
    pub(crate) fn build_brief(&mut self, call: &JsonObject<'_>, json: &str) {
        let kind = &self.kind;
        self.brief
            .get_or_insert_with(|| Box::new(Brief::from_call(kind, call, json)));
    }

    /// Returns the part of the call that is shown in lists. If it has not been built, this parses
    /// the call.
    pub(crate) fn brief(&self) -> Cow<'_, Brief> {
        match &self.brief {
            Some(brief) => Cow::Borrowed(brief),
            None => Cow::Owned(Brief::from_raw(&self.kind, &self.raw)),
        }
    }

    /// Replaces the raw JSON by equal JSON without its write key.
    pub(crate) fn replace_raw(&mut self, raw: Box<str>) {
        self.text = self.text().map(MessageText::from);
        self.raw = raw;
    }

    /// Returns the size of the JSON that a full event copies from its call and from its batch, in
    /// bytes.
    pub(crate) fn full_bytes(&self) -> usize {
        let request = &self.delivery.request;
        let of_batch = [&request.batch_context, &request.batch_integrations];
        let of_batch = of_batch.into_iter().flatten().map(String::len);
        self.raw.len() + of_batch.sum::<usize>()
    }

    /// Returns the result of the checks against the spec and the tracking API's limits.
    #[must_use]
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Returns how the event arrived.
    #[must_use]
    pub fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    /// Returns the approximate size of the event in memory, in bytes, with its entries in the
    /// store's indexes and its share of the request.
    pub(crate) fn memory_bytes(&self) -> usize {
        let short = |text: &Option<CompactString>| short_heap_bytes(text.as_ref());
        let findings: usize = self
            .verdict
            .findings
            .iter()
            .map(|finding| {
                size_of_val(finding)
                    + heap_bytes(finding.path.len())
                    + heap_bytes(finding.message.len())
            })
            .sum();
        let request = &self.delivery.request;
        size_of::<Self>()
            + INDEX_BYTES
            + short_heap_bytes(Some(&self.kind))
            + heap_bytes(self.raw.len())
            + self.brief.as_ref().map_or(0, |it| it.memory_bytes())
            + self
                .text
                .as_ref()
                .map_or(0, |it| heap_bytes(it.copied_bytes()))
            + short(&self.labels)
            + short(&self.conversation_id)
            + short(&self.envelope_id)
            + short(&self.user_id)
            + short(&self.anonymous_id)
            + short(&self.message_id)
            + short(&self.name)
            + short(&self.timestamp)
            + short(&self.delivery.library)
            + self.measures.as_ref().map_or(0, |it| it.memory_bytes())
            + findings
            + request.memory_bytes() / request.batch_size.clamp(1, MAX_BATCH_CALLS)
    }
}

impl DeliveryRequest {
    fn memory_bytes(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, |text| heap_bytes(text.len()));
        size_of::<Self>()
            + heap_bytes(self.path.len())
            + text(&self.encoding)
            + text(&self.sent_at)
            + text(&self.write_key)
            + text(&self.batch_context)
            + text(&self.batch_integrations)
    }
}

impl Delivery {
    /// Returns the number of the HTTP request. The first request has number 1.
    #[must_use]
    pub fn request(&self) -> u64 {
        self.request.number
    }

    /// Returns the index of the event in its batch.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the number of events in the request.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        self.request.batch_size
    }

    /// Returns the value of the `X-Retry-Count` header, or 0 if there is none.
    #[must_use]
    pub fn retry_count(&self) -> u64 {
        self.request.retry_count
    }

    /// Returns the path of the request.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.request.path
    }

    /// Returns the request's `Content-Encoding`, such as `gzip`.
    #[must_use]
    pub fn encoding(&self) -> Option<&str> {
        self.request.encoding.as_deref()
    }

    /// Returns two sizes of the request's body, in bytes. The first is the size after
    /// decompression, and the second is the size as sent.
    #[must_use]
    pub fn bytes(&self) -> (usize, usize) {
        (self.request.body_bytes, self.request.wire_bytes)
    }

    /// Returns the name and version of the client library.
    #[must_use]
    pub fn library(&self) -> Option<&str> {
        self.library.as_deref()
    }
}
