//! Where batches go.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use segment::message::Batch as SegmentBatch;
use segment::{Client, Message};
use serde_json::{Map, Value};

use crate::delivery::batch::Batch;
use crate::delivery::endpoint::WriteKey;
use crate::delivery::segment::message;
use crate::delivery::transport::http::{Body, HttpTransport};
use crate::delivery::transport::json_lines::{LineWriter, Lines};
use crate::delivery::transport::response::{Obstacle, Outcome};

/// The end of the path.
pub(crate) enum Transport {
    Http(HttpTransport),
    Client {
        client: Box<dyn Client + Send + Sync>,
        /// For one request: a client of the application's may have no time-out of its own.
        timeout: Duration,
    },
    Memory(Memory),
    JsonLines(LineWriter),
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Http(_) => "Http",
            Self::Client { .. } => "Client",
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
    Lines(Arc<Lines>),
    Events,
}

impl Transport {
    pub(crate) fn prepare(&self, batch: &Batch) -> Prepared {
        match self {
            Self::Http(http) => Prepared::Body(http.encode(batch.body())),
            Self::Client { .. } => Prepared::Message(Box::new(segment_message(batch))),
            Self::JsonLines(_) => Prepared::Lines(Lines::new(batch)),
            Self::Memory(_) => Prepared::Events,
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
            (Self::Client { client, timeout }, Prepared::Message(message)) => {
                let message = Message::clone(message);
                let sending = client.send(key.expose().to_owned(), message);
                tokio::time::timeout(*timeout, sending)
                    .await
                    .map_or(TIMED_OUT, outcome)
            }
            (Self::Memory(memory), _) => {
                memory.extend(batch);
                Outcome::Delivered
            }
            (Self::JsonLines(writer), Prepared::Lines(lines)) => match writer.write(lines).await {
                Ok(()) => Outcome::Delivered,
                Err(error) => {
                    tracing::debug!(%error, "writing a batch failed");
                    Outcome::Retry {
                        after: None,
                        why: Obstacle::Writer,
                    }
                }
            },
            // A batch is prepared by the transport that sends it.
            (Self::Http(_) | Self::Client { .. } | Self::JsonLines(_), _) => {
                Outcome::Rejected { status: 0 }
            }
        }
    }
}

const TIMED_OUT: Outcome = Outcome::Retry {
    after: None,
    why: Obstacle::TimedOut,
};

/// What an error of a `segment::Client` means. It has lost the headers, so there is no
/// `Retry-After`.
fn outcome(result: segment::Result<()>) -> Outcome {
    match result {
        Ok(()) => Outcome::Delivered,
        Err(segment::Error::MessageTooLarge) => Outcome::Split { status: 413 },
        Err(segment::Error::DeserializeError(_)) => Outcome::Rejected { status: 0 },
        Err(segment::Error::NetworkError(error)) => match error.status() {
            Some(status) => {
                crate::delivery::transport::response::classify(status.as_u16(), None, false)
            }
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
