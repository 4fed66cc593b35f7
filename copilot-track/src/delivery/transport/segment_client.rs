//! Sends batches through a `segment::Client`.

use segment::Message;
use segment::message::Batch as SegmentBatch;
use serde_json::{Map, Value};

use crate::delivery::batch::Batch;
use crate::delivery::transport::attempt_outcome::{AttemptOutcome, RetryCause, classify};
use crate::delivery::transport::request_error;
use crate::delivery::write_key::WriteKey;

pub(super) const TIMED_OUT: AttemptOutcome = AttemptOutcome::Retry {
    retry_after: None,
    cause: RetryCause::TimedOut,
    error: None,
};

/// Classifies the result of a `segment::Client`. Its errors do not contain the response's headers,
/// so there is no `Retry-After`.
pub(super) fn outcome(result: &segment::Result<()>, key: &WriteKey) -> AttemptOutcome {
    match result {
        Ok(()) => AttemptOutcome::Delivered,
        Err(segment::Error::MessageTooLarge) => AttemptOutcome::Split { status: Some(413) },
        Err(segment::Error::DeserializeError(error)) => AttemptOutcome::Rejected {
            status: None,
            error: Some(request_error::describe(error, key)),
        },
        Err(segment::Error::NetworkError(error)) => match error.status() {
            Some(status) => classify(status.as_u16(), None, false),
            None => request_error::outcome(error, key),
        },
    }
}

pub(super) fn segment_message(batch: &Batch, sent_at: Option<&str>) -> Message {
    let mut extra = Map::new();
    if let Some(sent_at) = sent_at {
        extra.insert("sentAt".into(), Value::String(sent_at.to_owned()));
    }
    Message::Batch(SegmentBatch {
        batch: batch.messages().to_vec(),
        context: None,
        integrations: None,
        extra,
    })
}
