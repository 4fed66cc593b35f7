//! Sends batches through the configured transport.

use std::sync::Arc;
use std::time::Duration;

use segment::Client;

use crate::delivery::batch::Batch;
use crate::delivery::transport::attempt_outcome::{AttemptOutcome, RetryCause};
use crate::delivery::transport::http::HttpTransport;
use crate::delivery::transport::json_lines::{JsonLinesWriter, PendingLines};
use crate::delivery::transport::memory::MemoryTransport;
use crate::delivery::transport::request_error;
use crate::delivery::transport::segment_client::{TIMED_OUT, outcome, segment_message};
use crate::delivery::write_key::WriteKey;

/// The configured transport.
pub(crate) enum Transport {
    Http(HttpTransport),
    Client {
        client: Box<dyn Client + Send + Sync>,
        /// The timeout of one request. The application's client might not have its own timeout.
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

/// The data that all attempts to send a batch share.
#[derive(Debug)]
pub(crate) enum Prepared {
    /// A second attempt continues where the first one stopped.
    Lines(Arc<PendingLines>),
    /// Every attempt sends the whole batch.
    Batch,
}

/// An attempt to send a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt<'a> {
    /// When the attempt starts. `None` if the clock is wrong by thousands of years.
    pub(crate) sent_at: Option<&'a str>,
    /// The number of earlier attempts.
    pub(crate) number: u32,
}

impl Transport {
    /// Prepares a batch for [`send`](Self::send).
    pub(crate) fn prepare(&self, batch: &Batch) -> Prepared {
        match self {
            Self::JsonLines(_) => Prepared::Lines(PendingLines::new(batch)),
            Self::Http(_) | Self::Client { .. } | Self::Memory(_) => Prepared::Batch,
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
        attempt: Attempt<'_>,
    ) -> AttemptOutcome {
        match (self, prepared) {
            (Self::Http(http), _) => {
                // Each attempt has its own `sentAt`, so the body is compressed again. In return,
                // the compressed copy does not occupy memory during a backoff.
                let body = http.encode(batch.body());
                http.post(key, &body, attempt.number).await
            }
            (Self::Client { client, timeout }, _) => {
                let message = segment_message(batch, attempt.sent_at);
                let sending = client.send(key.expose().to_owned(), message);
                tokio::time::timeout(*timeout, sending)
                    .await
                    .map_or(TIMED_OUT, |result| outcome(result, key))
            }
            (Self::Memory(memory), _) => {
                memory.extend(batch);
                AttemptOutcome::Delivered
            }
            (Self::JsonLines(writer), Prepared::Lines(lines)) => match writer.write(lines).await {
                Ok(()) => AttemptOutcome::Delivered,
                Err(error) => {
                    let error = request_error::describe(&error, key);
                    tracing::debug!(error, "writing a batch failed");
                    AttemptOutcome::Retry {
                        retry_after: None,
                        cause: RetryCause::Writer,
                        error: Some(error),
                    }
                }
            },
            // This case cannot occur: the transport that sends a batch has also prepared it.
            (Self::JsonLines(_), Prepared::Batch) => AttemptOutcome::Rejected {
                status: None,
                error: None,
            },
        }
    }
}
