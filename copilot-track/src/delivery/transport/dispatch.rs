//! Sends batches through the configured transport.

use std::sync::Arc;
use std::time::Duration;

use segment::Client;

use crate::delivery::batch::Batch;
use crate::delivery::transport::attempt_outcome::{AttemptOutcome, RetryCause};
use crate::delivery::transport::http::{Body, HttpTransport};
use crate::delivery::transport::json_lines::{JsonLinesWriter, PendingLines};
use crate::delivery::transport::memory::MemoryTransport;
use crate::delivery::transport::segment_client::{TIMED_OUT, outcome, segment_message};
use crate::delivery::write_key::WriteKey;

/// The configured transport.
pub(crate) enum Transport {
    Http(HttpTransport),
    Client {
        client: Box<dyn Client + Send + Sync>,
        /// The timeout of one request. The application's client may not have its own timeout.
        timeout: Duration,
    },
    Memory(MemoryTransport),
    JsonLines(JsonLinesWriter),
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

/// A batch in the form that its transport sends, prepared once for all attempts.
#[derive(Debug)]
pub(crate) enum Prepared {
    Body(Body),
    Messages,
    Lines(Arc<PendingLines>),
    Events,
}

impl Transport {
    /// Prepares a batch for [`send`](Self::send).
    pub(crate) fn prepare(&self, batch: &Batch) -> Prepared {
        match self {
            Self::Http(http) => Prepared::Body(http.encode(batch.body())),
            Self::Client { .. } => Prepared::Messages,
            Self::JsonLines(_) => Prepared::Lines(PendingLines::new(batch)),
            Self::Memory(_) => Prepared::Events,
        }
    }

    /// Returns whether the transport sends messages of the `segment` crate instead of JSON.
    pub(crate) fn takes_messages(&self) -> bool {
        matches!(self, Self::Client { .. })
    }

    /// Sends a batch once.
    pub(crate) async fn send(
        &self,
        key: &WriteKey,
        batch: &Batch,
        prepared: &Prepared,
        retries: u32,
    ) -> AttemptOutcome {
        match (self, prepared) {
            (Self::Http(http), Prepared::Body(body)) => http.post(key, body, retries).await,
            (Self::Client { client, timeout }, Prepared::Messages) => {
                let sending = client.send(key.expose().to_owned(), segment_message(batch));
                tokio::time::timeout(*timeout, sending)
                    .await
                    .map_or(TIMED_OUT, outcome)
            }
            (Self::Memory(memory), _) => {
                memory.extend(batch);
                AttemptOutcome::Delivered
            }
            (Self::JsonLines(writer), Prepared::Lines(lines)) => match writer.write(lines).await {
                Ok(()) => AttemptOutcome::Delivered,
                Err(error) => {
                    tracing::debug!(%error, "writing a batch failed");
                    AttemptOutcome::Retry {
                        retry_after: None,
                        cause: RetryCause::Writer,
                    }
                }
            },
            // This case cannot occur: the transport that sends a batch has also prepared it.
            (Self::Http(_) | Self::Client { .. } | Self::JsonLines(_), _) => {
                AttemptOutcome::Rejected { status: None }
            }
        }
    }
}
