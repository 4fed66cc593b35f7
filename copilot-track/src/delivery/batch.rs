//! Batches of events. Each batch becomes the body of one `/v1/batch` request.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use segment::message::BatchMessage;

/// The maximum size of a batch's body, in bytes. Segment's limit is 500 KB.
pub(crate) const MAX_BATCH_BYTES: usize = 475_000;
/// The maximum number of events in a batch. Segment responds with status 200 to larger batches,
/// but drops the events.
pub(crate) const MAX_BATCH_EVENTS: usize = 2_500;

const HEAD: &[u8] = br#"{"batch":["#;
/// The maximum size of `],"sentAt":"…"}`, in bytes.
const TAIL_BYTES: usize = 64;

/// A batch that still accepts events.
#[derive(Debug)]
pub(crate) struct OpenBatch {
    body: Vec<u8>,
    /// The byte offset in the body at which each event ends.
    ends: Vec<usize>,
    /// The events as messages. Empty unless the transport takes messages.
    messages: Vec<BatchMessage>,
}

impl Default for OpenBatch {
    fn default() -> Self {
        Self::with_buffer(Vec::new())
    }
}

impl OpenBatch {
    /// Creates an empty batch that reuses a buffer. In a new buffer, page faults take as long as
    /// writing the events.
    pub(crate) fn with_buffer(mut body: Vec<u8>) -> Self {
        body.clear();
        body.extend_from_slice(HEAD);
        Self {
            body,
            ends: Vec::new(),
            messages: Vec::new(),
        }
    }

    /// Returns whether the batch has `max_events` events or no room for one more event of
    /// `event_bytes` bytes.
    pub(crate) fn is_full(&self, event_bytes: usize, max_events: usize) -> bool {
        self.ends.len() >= max_events
            || self.body.len() + 1 + event_bytes + TAIL_BYTES > MAX_BATCH_BYTES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds the event that `write` appends to the buffer. If `write` fails, nothing is added.
    pub(crate) fn add<T, E>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<T, E>,
    ) -> Result<T, E> {
        let before = self.body.len();
        if !self.is_empty() {
            self.body.push(b',');
        }
        let result = write(&mut self.body);
        match &result {
            Ok(_) => self.ends.push(self.body.len()),
            Err(_) => self.body.truncate(before),
        }
        result
    }

    /// Adds the message form of the latest event. A batch has messages for all of its events or for
    /// none.
    pub(crate) fn add_message(&mut self, message: BatchMessage) {
        self.messages.push(message);
    }

    /// Returns the finished batch. [`Batch::set_sent_at`] completes its body.
    pub(crate) fn seal(mut self) -> Batch {
        self.body.reserve(TAIL_BYTES);
        Batch {
            body: self.body.into(),
            ends: self.ends,
            messages: self.messages,
        }
    }
}

/// A batch that accepts no more events.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    body: Bytes,
    ends: Vec<usize>,
    messages: Vec<BatchMessage>,
}

impl Batch {
    /// Completes the body with the time of an attempt to send it. The time of an earlier attempt is
    /// replaced. Without a time, the body has no `sentAt`.
    ///
    /// The events are not copied, unless an earlier attempt still holds the body.
    pub(crate) fn set_sent_at(&mut self, sent_at: Option<&str>) {
        let events_end = self.ends.last().copied().unwrap_or(HEAD.len());
        let mut body = match std::mem::take(&mut self.body).try_into_mut() {
            Ok(body) => body,
            Err(shared) => {
                let mut copy = BytesMut::with_capacity(events_end + TAIL_BYTES);
                copy.extend_from_slice(shared.get(..events_end).unwrap_or(&shared));
                copy
            }
        };
        body.truncate(events_end);
        body.extend_from_slice(b"]");
        if let Some(sent_at) = sent_at {
            body.extend_from_slice(br#","sentAt":""#);
            body.extend_from_slice(sent_at.as_bytes());
            body.extend_from_slice(b"\"");
        }
        body.extend_from_slice(b"}");
        self.body = body.freeze();
    }

    /// Returns the number of events.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the body. Cloning it does not copy the bytes.
    pub(crate) fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns the body's buffer for reuse, or `None` if the body is shared.
    pub(crate) fn into_buffer(self) -> Option<Vec<u8>> {
        let mut body = self.body.try_into_mut().ok()?;
        body.clear();
        Some(body.into())
    }

    /// Iterates over the events as JSON.
    pub(crate) fn events(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|index| self.body.get(self.span(index)?))
    }

    /// Returns the events as messages, or an empty slice if the transport does not take messages.
    pub(crate) fn messages(&self) -> &[BatchMessage] {
        &self.messages
    }

    fn span(&self, index: usize) -> Option<Range<usize>> {
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            // Skips the comma.
            Some(previous) => self.ends.get(previous)? + 1,
            None => HEAD.len(),
        };
        Some(start..end)
    }

    /// Returns a batch with a range of the events.
    pub(crate) fn part(&self, events: Range<usize>) -> Batch {
        let mut part = OpenBatch::default();
        for index in events.clone() {
            let event = self.span(index).and_then(|span| self.body.get(span));
            let _ = part.add(|body| {
                body.extend_from_slice(event.unwrap_or_default());
                Ok::<(), ()>(())
            });
        }
        part.messages = self.messages.get(events).unwrap_or_default().to_vec();
        part.seal()
    }
}

#[cfg(test)]
mod tests {
    use segment::message::Track;
    use serde_json::Value;

    use super::*;

    fn batch(events: &[&str]) -> Batch {
        let mut open = OpenBatch::default();
        for event in events {
            open.add(|body| {
                body.extend_from_slice(event.as_bytes());
                Ok::<(), ()>(())
            })
            .unwrap();
        }
        open.seal()
    }

    fn json(batch: &Batch) -> Value {
        serde_json::from_slice(batch.body()).unwrap()
    }

    #[test]
    fn the_body_is_json_with_the_time_of_the_attempt() {
        let mut batch = batch(&["1", "\"two\"", "{}"]);
        for sent_at in ["2026-01-01T00:00:00.123Z", "2026-01-01T00:00:08Z"] {
            batch.set_sent_at(Some(sent_at));
            let expected = serde_json::json!({"batch": [1, "two", {}], "sentAt": sent_at});
            assert_eq!(json(&batch), expected);
            let events: Vec<_> = batch.events().collect();
            assert_eq!(events, [&b"1"[..], b"\"two\"", b"{}"]);
        }
        batch.set_sent_at(None);
        assert_eq!(json(&batch), serde_json::json!({"batch": [1, "two", {}]}));
    }

    #[test]
    fn a_new_time_does_not_copy_the_events_or_change_a_body_that_is_being_sent() {
        let mut batch = batch(&["1", "2"]);
        batch.set_sent_at(Some("2026-01-01T00:00:00Z"));
        let address = batch.body().as_ptr();
        batch.set_sent_at(Some("2026-01-01T00:00:01Z"));
        assert_eq!(batch.body().as_ptr(), address);
        let being_sent = batch.body().clone();
        batch.set_sent_at(Some("2026-01-01T00:00:02Z"));
        assert!(being_sent.ends_with(br#""sentAt":"2026-01-01T00:00:01Z"}"#));
        assert!(
            batch
                .body()
                .ends_with(br#""sentAt":"2026-01-01T00:00:02Z"}"#)
        );
    }

    #[test]
    fn an_event_that_cannot_be_written_is_not_added() {
        let mut open = OpenBatch::default();
        let fail = |body: &mut Vec<u8>| {
            body.extend_from_slice(b"half an ev");
            Err::<(), ()>(())
        };
        open.add(fail).unwrap_err();
        open.add(|body| {
            body.push(b'1');
            Ok::<(), ()>(())
        })
        .unwrap();
        open.add(fail).unwrap_err();
        let mut batch = open.seal();
        batch.set_sent_at(None);
        assert_eq!(json(&batch), serde_json::json!({"batch": [1]}));
    }

    #[test]
    fn the_buffer_is_reused() {
        let mut first = batch(&["1", "2"]);
        first.set_sent_at(Some("2026-01-01T00:00:00Z"));
        let address = first.body().as_ptr();
        let shared = first.body().clone();
        assert!(first.clone().into_buffer().is_none());
        drop(shared);
        let reused = OpenBatch::with_buffer(first.into_buffer().unwrap());
        assert_eq!(reused.body.as_ptr(), address);
        assert_eq!(reused.body, HEAD);
        assert!(reused.is_empty());
    }

    #[test]
    fn parts_keep_all_events_in_order() {
        let mut whole = batch(&["1", "2", "3"]);
        whole.set_sent_at(Some("2026-01-01T00:00:00Z"));
        let [first, mut second] = [0..1, 1..3].map(|events| whole.part(events));
        assert_eq!(first.events().collect::<Vec<_>>(), [b"1"]);
        assert_eq!(second.events().collect::<Vec<_>>(), [b"2", b"3"]);
        second.set_sent_at(Some("2026-01-01T00:00:01Z"));
        let expected = serde_json::json!({"batch": [2, 3], "sentAt": "2026-01-01T00:00:01Z"});
        assert_eq!(json(&second), expected);
        assert_eq!(whole.len(), 3);
    }

    #[test]
    fn parts_keep_the_messages_of_their_events() {
        let mut open = OpenBatch::default();
        for event in ["1", "2", "3"] {
            open.add(|body| {
                body.extend_from_slice(event.as_bytes());
                Ok::<(), ()>(())
            })
            .unwrap();
            open.add_message(BatchMessage::Track(Track {
                event: event.to_owned(),
                ..Track::default()
            }));
        }
        let whole = open.seal();
        for half in [0..1, 1..3].map(|events| whole.part(events)) {
            let names = half.messages().iter().map(|message| match message {
                BatchMessage::Track(track) => track.event.as_bytes(),
                _ => b"",
            });
            assert_eq!(names.collect::<Vec<_>>(), half.events().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_batch_is_full_at_the_exact_limits() {
        let mut open = OpenBatch::default();
        // `{"batch":[`, a comma, and `],"sentAt":"…"}` are added to the event.
        assert!(!open.is_full(474_925, 1));
        assert!(open.is_full(474_926, 1));
        for _ in 0..3 {
            open.add(|body| {
                body.extend_from_slice(&[b'x'; 1_000]);
                Ok::<(), ()>(())
            })
            .unwrap();
        }
        assert!(!open.is_full(471_923, 4));
        assert!(open.is_full(471_924, 4));
        assert!(!open.is_full(0, 4));
        assert!(open.is_full(0, 3));
        assert!(open.is_full(0, 2));
    }

    #[test]
    fn a_full_batch_stays_within_the_size_limit() {
        let mut open = OpenBatch::default();
        let event = "x".repeat(1000);
        while !open.is_full(event.len(), MAX_BATCH_EVENTS) {
            open.add(|body| {
                body.extend_from_slice(event.as_bytes());
                Ok::<(), ()>(())
            })
            .unwrap();
        }
        let mut sealed = open.seal();
        sealed.set_sent_at(Some("2026-01-01T00:00:00.123Z"));
        assert!(sealed.body().len() <= MAX_BATCH_BYTES);
        assert!(sealed.body().len() > MAX_BATCH_BYTES - 1100);
    }
}
