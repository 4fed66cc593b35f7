//! Where batches go.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use segment::message::Batch as SegmentBatch;
use segment::{Client, Message};
use serde_json::{Map, Value};

use super::batch::Batch;
use super::http::{Body, HttpTransport};
use super::message;
use super::retry::{Obstacle, Outcome};
use crate::endpoint::WriteKey;

/// The end of the path.
pub(crate) enum Transport {
    Http(HttpTransport),
    Client(Box<dyn Client + Send + Sync>),
    Memory(Memory),
    JsonLines(Mutex<Box<dyn Write + Send>>),
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Http(_) => "Http",
            Self::Client(_) => "Client",
            Self::Memory(_) => "Memory",
            Self::JsonLines(_) => "JsonLines",
        })
    }
}

/// A batch in the form that its transport sends, made once for all attempts.
#[derive(Debug)]
pub(crate) enum Prepared {
    Body(Body),
    Message(Box<Message>),
    Events,
}

impl Transport {
    pub(crate) fn prepare(&self, batch: &Batch) -> Prepared {
        match self {
            Self::Http(http) => Prepared::Body(http.encode(batch.body())),
            Self::Client(_) => Prepared::Message(Box::new(segment_message(batch))),
            Self::Memory(_) | Self::JsonLines(_) => Prepared::Events,
        }
    }

    /// Sends a batch once.
    pub(crate) async fn send(
        &self,
        key: &WriteKey,
        batch: &Batch,
        prepared: &Prepared,
        retries: u32,
    ) -> Outcome {
        match (self, prepared) {
            (Self::Http(http), Prepared::Body(body)) => http.post(key, body, retries).await,
            (Self::Client(client), Prepared::Message(message)) => {
                let message = Message::clone(message);
                outcome(client.send(key.expose().to_owned(), message).await)
            }
            (Self::Memory(memory), _) => {
                memory.extend(batch);
                Outcome::Delivered
            }
            (Self::JsonLines(writer), _) => write_lines(writer, batch),
            // A batch is prepared by the transport that sends it.
            (Self::Http(_) | Self::Client(_), _) => Outcome::Rejected { status: 0 },
        }
    }
}

/// What an error of a `segment::Client` means. It has lost the headers, so there is no
/// `Retry-After`.
fn outcome(result: segment::Result<()>) -> Outcome {
    match result {
        Ok(()) => Outcome::Delivered,
        Err(segment::Error::MessageTooLarge) => Outcome::Split { status: 413 },
        Err(segment::Error::DeserializeError(_)) => Outcome::Rejected { status: 0 },
        Err(segment::Error::NetworkError(error)) => match error.status() {
            Some(status) => super::retry::classify(status.as_u16(), None, false),
            None => Outcome::Retry {
                after: None,
                why: Obstacle::Broken,
            },
        },
    }
}

fn segment_message(batch: &Batch) -> Message {
    let mut extra = Map::new();
    extra.insert("sentAt".into(), Value::String(batch.sent_at().to_owned()));
    Message::Batch(SegmentBatch {
        batch: batch.events().filter_map(message::parse).collect(),
        context: None,
        integrations: None,
        extra,
    })
}

/// One event a line, all of a batch in one write.
fn write_lines(writer: &Mutex<Box<dyn Write + Send>>, batch: &Batch) -> Outcome {
    let mut lines = Vec::with_capacity(batch.body().len());
    for event in batch.events() {
        lines.extend_from_slice(event);
        lines.push(b'\n');
    }
    let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
    match writer.write_all(&lines).and_then(|()| writer.flush()) {
        Ok(()) => Outcome::Delivered,
        Err(error) => {
            tracing::debug!(%error, "writing a batch failed");
            Outcome::Retry {
                after: None,
                why: Obstacle::Writer,
            }
        }
    }
}

/// Events kept in memory, in the order of arrival.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Vec<Bytes>>>);

impl Memory {
    fn extend(&self, batch: &Batch) {
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.extend(batch.events().map(|event| batch.body().slice_ref(event)));
    }

    /// The JSON of each event so far.
    pub(crate) fn events(&self) -> Vec<Bytes> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
