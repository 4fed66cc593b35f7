//! Sends one batch until its fate is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::delivery::batch::Batch;
use crate::delivery::dead_letters::writer::DeadLetterWriter;
use crate::delivery::outage::Outage;
use crate::delivery::rate_limit::RateLimitGate;
use crate::delivery::retry::{self, RetryBudget, RetryPolicy};
use crate::delivery::transport::dispatch::Transport;
use crate::delivery::transport::outcome::AttemptOutcome;
use crate::delivery::write_key::WriteKey;
use crate::ledger::counters::Counters;
use crate::ledger::drop_reason::DropReason;
use crate::util::random;

/// What all batches of a tracker share.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) transport: Transport,
    pub(crate) key: WriteKey,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) counters: Arc<Counters>,
    pub(crate) rate_limit: RateLimitGate,
    /// Ends all backoffs when a flush or a shutdown wants the batches to be retried now.
    pub(crate) end_backoffs: Notify,
    pub(crate) outage: Outage,
    pub(crate) dead_letters: Option<Arc<DeadLetterWriter>>,
}

impl Sender {
    /// Sends the batch, in parts if need be, and counts what became of each event. `remaining` is
    /// how many have no fate yet; it is exact whenever this future is dropped. Returns
    /// memory that can be used again.
    pub(crate) async fn deliver(&self, batch: Batch, remaining: &AtomicU64) -> Option<Vec<u8>> {
        let mut buffer = None;
        let mut budget = RetryBudget::default();
        let mut parts = vec![batch];
        while let Some(mut part) = parts.pop() {
            let events = part.len() as u64;
            let reason = match self.send_until_settled(&part, &mut budget).await {
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
                    self.counters.log_dropped(reason, events, &why(reason));
                    if let Some(letters) = &self.dead_letters {
                        letters.add(&part, reason);
                    }
                }
            }
            remaining.fetch_sub(events, Ordering::Relaxed);
            buffer = part.into_memory();
        }
        buffer
    }

    /// Tries until there is no more to be hoped for.
    async fn send_until_settled(&self, batch: &Batch, budget: &mut RetryBudget) -> BatchOutcome {
        let prepared = self.transport.prepare(batch);
        let (mut sent, mut retries) = (0, 0);
        loop {
            self.rate_limit.wait().await;
            if sent > 0 {
                self.counters.count_retry();
            }
            let closed = self.rate_limit.is_shutting_down();
            let outcome = self.transport.send(&self.key, batch, &prepared, sent).await;
            let after = match outcome {
                AttemptOutcome::Delivered => {
                    self.outage.end();
                    return BatchOutcome::Delivered;
                }
                AttemptOutcome::Rejected { status } => {
                    return BatchOutcome::Dropped(DropReason::Rejected { status });
                }
                AttemptOutcome::Split { status } => return BatchOutcome::TooLarge { status },
                AttemptOutcome::Retry {
                    retry_after: after,
                    cause,
                } => {
                    self.outage.begin(cause);
                    after
                }
            };
            sent += 1;
            if !closed && self.rate_limit.is_shutting_down() {
                // The shutdown came while the request was under way: the last attempt is the next.
                continue;
            }
            let now = Instant::now();
            let end_of = |delay| now.checked_add(delay).unwrap_or(now);
            // A pause of no length asks for nothing; trying at once would never end.
            if let Some(rate_limit) = after.filter(|after| !after.is_zero()) {
                let until = end_of(rate_limit);
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
                    .allows_wait_until(&mut budget.back_off, now, until)
            {
                return BatchOutcome::Dropped(DropReason::Expired);
            }
            // Until then, or less if someone is in a hurry.
            let _ = timeout_at(until, self.end_backoffs.notified()).await;
        }
    }
}

enum BatchOutcome {
    Delivered,
    Dropped(DropReason),
    TooLarge { status: Option<u16> },
}

fn why(reason: DropReason) -> String {
    match reason {
        DropReason::Rejected { status: None } => "the transport rejected them".to_owned(),
        DropReason::Rejected {
            status: Some(status @ (401 | 403)),
        } => {
            format!("the endpoint answered {status}: check the write key and the region")
        }
        DropReason::Rejected {
            status: Some(status),
        } => format!("the endpoint answered {status}"),
        _ => "the endpoint did not take them within the retry budget and the retries allowed"
            .to_owned(),
    }
}
