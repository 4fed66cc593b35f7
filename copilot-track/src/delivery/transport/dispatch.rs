//! Sends batches through the configured transport.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use segment::Client;

use crate::delivery::batch::Batch;
use crate::delivery::transport::attempt_outcome::{AttemptOutcome, OnPanic, RetryCause};
use crate::delivery::transport::http::HttpTransport;
use crate::delivery::transport::json_lines::{JsonLinesWriter, PendingLines};
use crate::delivery::transport::memory::MemoryTransport;
use crate::delivery::transport::request_error;
use crate::delivery::transport::segment_client::{TIMED_OUT, outcome, segment_message};
use crate::delivery::write_key::WriteKey;
use crate::util::caught_drop::CaughtDrop;
use crate::util::caught_future::CaughtFuture;
use crate::util::panics;
use crate::util::reentrancy;

/// The configured transport.
pub(crate) enum Transport {
    Http(HttpTransport),
    Client {
        client: CaughtDrop<Box<dyn Client + Send + Sync>>,
        /// The timeout of one request. The application's client might not have its own timeout.
        timeout: Duration,
        on_panic: OnPanic,
    },
    Memory(MemoryTransport),
    JsonLines(JsonLinesWriter, OnPanic),
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Http(_) => "Http",
            Self::Client { .. } => "Client",
            Self::Memory(_) => "Memory",
            Self::JsonLines(..) => "JsonLines",
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
            Self::JsonLines(..) => Prepared::Lines(PendingLines::new(batch)),
            Self::Http(_) | Self::Client { .. } | Self::Memory(_) => Prepared::Batch,
        }
    }

    /// Returns whether the transport sends messages of the `segment` crate instead of JSON.
    pub(crate) fn takes_messages(&self) -> bool {
        matches!(self, Self::Client { .. })
    }

    /// Sends a batch once. A panic is caught.
    pub(crate) async fn send(
        &self,
        key: &WriteKey,
        batch: &Batch,
        prepared: &Prepared,
        attempt: Attempt<'_>,
    ) -> AttemptOutcome {
        let attempt = pin!(self.try_send(key, batch, prepared, attempt));
        if let Some(outcome) = CaughtFuture::new(attempt).await {
            return outcome;
        }
        let on_panic = match self {
            Self::Client { on_panic, .. } | Self::JsonLines(_, on_panic) => *on_panic,
            Self::Http(http) => {
                // The only application code that runs in this transport handles log records.
                let _ = panics::catch(|| http.replace_client());
                OnPanic::Retry
            }
            Self::Memory(_) => OnPanic::Retry,
        };
        on_panic.outcome()
    }

    async fn try_send(
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
            (
                Self::Client {
                    client,
                    timeout,
                    on_panic,
                },
                _,
            ) => {
                let message = segment_message(batch, attempt.sent_at);
                let Some(client) = client.get() else {
                    return on_panic.outcome();
                };
                let sending = client.send(key.expose().to_owned(), message);
                match tokio::time::timeout(*timeout, CaughtFuture::new(sending)).await {
                    Ok(Some(result)) => {
                        let outcome = outcome(&result, key);
                        panics::drop_caught(result);
                        outcome
                    }
                    Ok(None) => on_panic.outcome(),
                    Err(_) => TIMED_OUT,
                }
            }
            (Self::Memory(memory), _) => {
                memory.extend(batch);
                AttemptOutcome::Delivered
            }
            (Self::JsonLines(writer, on_panic), Prepared::Lines(lines)) => {
                match writer.write(lines).await {
                    Some(Ok(())) => AttemptOutcome::Delivered,
                    None => on_panic.outcome(),
                    Some(Err(io_error)) => {
                        let error = request_error::describe(&io_error, key);
                        panics::drop_caught(io_error);
                        reentrancy::log(|| tracing::debug!(error, "writing a batch failed"));
                        AttemptOutcome::Retry {
                            retry_after: None,
                            cause: RetryCause::Writer,
                            error: Some(error),
                        }
                    }
                }
            }
            // This case cannot occur: the transport that sends a batch has also prepared it.
            (Self::JsonLines(..), Prepared::Batch) => AttemptOutcome::Rejected {
                status: None,
                error: None,
            },
        }
    }
}
