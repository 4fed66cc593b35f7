//! Sends a batch, with retries, until its outcome is known.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::delivery::batch::Batch;
use crate::delivery::dead_letters::outcomes::LetterOutcome;
use crate::delivery::dead_letters::writer::DeadLetterWriter;
use crate::delivery::outage::Outage;
use crate::delivery::rate_limit::RateLimitGate;
use crate::delivery::retry::{self, RetryBudget, RetryPolicy};
use crate::delivery::sending::parts::{Parts, Step};
use crate::delivery::sending::progress::Progress;
use crate::delivery::transport::attempt_outcome::{self, AttemptOutcome, RetryCause};
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
    /// `progress` is exact even if this future is dropped early.
    pub(crate) async fn deliver(&self, mut batch: Batch, progress: &Progress) -> Option<Vec<u8>> {
        let mut budget = RetryBudget::default();
        let mut parts = Parts::whole(batch.len());
        while let Some(step) = parts.next() {
            let (Step::Send(events) | Step::Reject(events)) = step.clone();
            let mut copy = (events.len() < batch.len()).then(|| batch.part(events.clone()));
            let part = copy.as_mut().unwrap_or(&mut batch);
            let outcome = match step {
                Step::Send(_) => self.send_until_settled(part, &mut budget).await,
                Step::Reject(_) => BatchOutcome::Invalid,
            };
            let drop = match outcome {
                BatchOutcome::Delivered => None,
                BatchOutcome::Dropped(reason, cause) => Some((reason, cause)),
                BatchOutcome::TooLarge { .. } if parts.too_large() => continue,
                BatchOutcome::TooLarge { status } => Some(rejected(status)),
                BatchOutcome::Invalid if matches!(step, Step::Send(_)) && parts.refused() => {
                    parts.sample();
                    continue;
                }
                BatchOutcome::Invalid => Some(rejected(Some(attempt_outcome::INVALID))),
            };
            match drop {
                None => {
                    self.counters.count_delivered(part.len() as u64);
                    if let Some(letters) = &self.dead_letters {
                        letters
                            .outcomes
                            .record_events(part.events(), LetterOutcome::Delivered);
                    }
                    parts.accepted();
                }
                Some((reason, cause)) => {
                    self.counters.log_dropped(reason, part.len() as u64, &cause);
                    if let Some(letters) = &self.dead_letters {
                        letters.add(part, reason);
                    }
                    parts.dropped();
                    parts.sample();
                }
            }
            progress.settle(events);
        }
        batch.into_buffer()
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
            // Segment adds the time between `sentAt` and the batch's arrival to the events'
            // timestamps. The time of an earlier attempt would shift them by the length of an
            // outage.
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
            let (retry_after, cause) = match outcome {
                AttemptOutcome::Delivered => {
                    self.outage.end();
                    return BatchOutcome::Delivered;
                }
                AttemptOutcome::Rejected { status, error } => {
                    return BatchOutcome::Dropped(
                        DropReason::Rejected { status },
                        rejection_cause(status, error),
                    );
                }
                AttemptOutcome::Split { status } => return BatchOutcome::TooLarge { status },
                AttemptOutcome::Invalid => return BatchOutcome::Invalid,
                AttemptOutcome::Retry {
                    retry_after,
                    cause,
                    error,
                } => {
                    self.outage.report(cause, error.as_deref());
                    (retry_after, cause)
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
                    return expired(cause);
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
                return expired(cause);
            }
            // A flush or a shutdown ends the wait early.
            let _ = timeout_at(until, self.end_backoffs.notified()).await;
        }
    }
}

/// The outcome of sending a batch.
enum BatchOutcome {
    Delivered,
    /// The events were dropped. The string describes the cause for the log.
    Dropped(DropReason, String),
    /// The batch was too large for one request. The status is used if the batch cannot be split.
    TooLarge {
        status: Option<u16>,
    },
    /// The endpoint refused the batch as invalid.
    Invalid,
}

/// Returns the reason and the cause of a rejection.
fn rejected(status: Option<u16>) -> (DropReason, String) {
    (
        DropReason::Rejected { status },
        rejection_cause(status, None),
    )
}

/// Returns the outcome of a batch that ran out of retries.
fn expired(cause: RetryCause) -> BatchOutcome {
    let cause = format!("the retries ran out, and {cause}");
    BatchOutcome::Dropped(DropReason::Expired, cause)
}

/// Returns the cause of a rejection, for the log.
fn rejection_cause(status: Option<u16>, error: Option<String>) -> String {
    match (status, error) {
        (Some(status @ (401 | 403)), _) => format!(
            "the endpoint responded with status {status}: check the write key and the region"
        ),
        (Some(status), _) => RetryCause::Status(status).to_string(),
        (None, Some(error)) => format!("the transport rejected them: {error}"),
        (None, None) => "the transport rejected them".to_owned(),
    }
}
