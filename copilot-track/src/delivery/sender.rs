//! Sends a batch, with retries, until its outcome is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::delivery::batch::Batch;
use crate::delivery::dead_letters::writer::DeadLetterWriter;
use crate::delivery::outage::Outage;
use crate::delivery::rate_limit::RateLimitGate;
use crate::delivery::retry::{self, RetryBudget, RetryPolicy};
use crate::delivery::transport::attempt_outcome::AttemptOutcome;
use crate::delivery::transport::dispatch::{Attempt, Transport};
use crate::delivery::write_key::WriteKey;
use crate::ledger::counters::Counters;
use crate::ledger::drop_reason::DropReason;
use crate::util::random;
use crate::util::timestamps::format_timestamp;

/// The sender that all batches of a tracker share.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) transport: Transport,
    pub(crate) key: WriteKey,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) counters: Arc<Counters>,
    pub(crate) rate_limit: RateLimitGate,
    /// Notified by a flush or a shutdown to end all backoffs and retry immediately.
    pub(crate) end_backoffs: Notify,
    pub(crate) outage: Outage,
    pub(crate) dead_letters: Option<Arc<DeadLetterWriter>>,
}

impl Sender {
    /// Sends the batch, in parts if necessary, and counts the outcome of each event. Returns a
    /// buffer for reuse, if one is available.
    ///
    /// `remaining` is the number of events without an outcome. It is exact even if this future is
    /// dropped early.
    pub(crate) async fn deliver(&self, batch: Batch, remaining: &AtomicU64) -> Option<Vec<u8>> {
        let mut buffer = None;
        let mut budget = RetryBudget::default();
        let mut parts = vec![batch];
        while let Some(mut part) = parts.pop() {
            let events = part.len() as u64;
            let reason = match self.send_until_settled(&mut part, &mut budget).await {
                BatchOutcome::Delivered => None,
                BatchOutcome::Dropped(reason) => Some(reason),
                BatchOutcome::TooLarge { status } => match part.split() {
                    Ok([first, second]) => {
                        parts.extend([second, first]);
                        continue;
                    }
                    Err(whole) => {
                        part = whole;
                        Some(DropReason::Rejected { status })
                    }
                },
            };
            match reason {
                None => self.counters.count_delivered(events),
                Some(reason) => {
                    self.counters
                        .log_dropped(reason, events, &drop_cause(reason));
                    if let Some(letters) = &self.dead_letters {
                        letters.add(&part, reason);
                    }
                }
            }
            remaining.fetch_sub(events, Ordering::Relaxed);
            buffer = part.into_buffer();
        }
        buffer
    }

    /// Sends the batch until it is delivered, rejected, too large, or out of retries.
    async fn send_until_settled(
        &self,
        batch: &mut Batch,
        budget: &mut RetryBudget,
    ) -> BatchOutcome {
        let prepared = self.transport.prepare(batch);
        let (mut sent, mut retries) = (0, 0);
        loop {
            self.rate_limit.wait().await;
            if sent > 0 {
                self.counters.count_retry();
            }
            let closed = self.rate_limit.is_shutting_down();
            // Segment adds the time between `sentAt` and the arrival to the events' timestamps. The
            // time of an earlier attempt would shift them by the length of an outage.
            let sent_at = format_timestamp(SystemTime::now());
            batch.set_sent_at(sent_at.as_deref());
            let attempt = Attempt {
                sent_at: sent_at.as_deref(),
                number: sent,
            };
            let outcome = self
                .transport
                .send(&self.key, batch, &prepared, attempt)
                .await;
            let retry_after = match outcome {
                AttemptOutcome::Delivered => {
                    self.outage.end();
                    return BatchOutcome::Delivered;
                }
                AttemptOutcome::Rejected { status } => {
                    return BatchOutcome::Dropped(DropReason::Rejected { status });
                }
                AttemptOutcome::Split { status } => return BatchOutcome::TooLarge { status },
                AttemptOutcome::Retry { retry_after, cause } => {
                    self.outage.begin(cause);
                    retry_after
                }
            };
            sent += 1;
            if !closed && self.rate_limit.is_shutting_down() {
                // The shutdown began during this attempt, so the batch gets another attempt.
                continue;
            }
            let now = Instant::now();
            let end_of = |delay| now.checked_add(delay).unwrap_or(now);
            // `Retry-After: 0` is ignored, because immediate retries could go on forever.
            if let Some(delay) = retry_after.filter(|delay| !delay.is_zero()) {
                let until = end_of(delay);
                if !self
                    .retry_policy
                    .allows_wait_until(&mut budget.rate_limit, now, until)
                {
                    return BatchOutcome::Dropped(DropReason::Expired);
                }
                self.rate_limit.close_until(until);
                continue;
            }
            retries += 1;
            let until = end_of(retry::backoff(retries, random::fraction()));
            if !self.retry_policy.allows_retry(retries)
                || !self
                    .retry_policy
                    .allows_wait_until(&mut budget.backoff, now, until)
            {
                return BatchOutcome::Dropped(DropReason::Expired);
            }
            // A flush or a shutdown ends the wait early.
            let _ = timeout_at(until, self.end_backoffs.notified()).await;
        }
    }
}

/// The outcome of sending a batch.
enum BatchOutcome {
    Delivered,
    Dropped(DropReason),
    /// The batch was too large for one request. The status is used if the batch cannot be split.
    TooLarge {
        status: Option<u16>,
    },
}

/// Returns the cause of a drop, for the log.
fn drop_cause(reason: DropReason) -> String {
    match reason {
        DropReason::Rejected { status: None } => "the transport rejected them".to_owned(),
        DropReason::Rejected {
            status: Some(status @ (401 | 403)),
        } => {
            format!(
                "the endpoint responded with status {status}: check the write key and the region"
            )
        }
        DropReason::Rejected {
            status: Some(status),
        } => format!("the endpoint responded with status {status}"),
        _ => "the endpoint did not accept them before the retries ran out".to_owned(),
    }
}
