//! Sends a batch, with retries, until its outcome is known.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::delivery::dead_letters::outcomes::LetterOutcome;
use crate::delivery::dead_letters::writer::DeadLetterWriter;
use crate::delivery::outage::Outage;
use crate::delivery::rate_limit::RateLimitGate;
use crate::delivery::retry::{self, RetryPolicy, RetryState};
use crate::delivery::sending::batch_delivery::{BatchDelivery, DroppedPart};
use crate::delivery::sending::parts::Step;
use crate::delivery::sending::progress::Progress;
use crate::delivery::transport::attempt_outcome::{self, AttemptOutcome, RetryCause};
use crate::delivery::transport::dispatch::{Attempt, Transport};
use crate::delivery::write_key::WriteKey;
use crate::ledger::counters::Counters;
use crate::ledger::drop_reason::DropReason;
use crate::util::random;
use crate::util::timestamps::format_timestamp;

/// The time between two attempts to write the same dead letters, if they cannot be written and
/// their events are in a spool.
const LETTER_INTERVAL: Duration = Duration::from_secs(5);

/// The sender that all batches of a tracker share.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) transport: Transport,
    pub(crate) key: WriteKey,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) counters: Arc<Counters>,
    pub(crate) rate_limit: RateLimitGate,
    pub(crate) outage: Outage,
    pub(crate) dead_letters: Option<Arc<DeadLetterWriter>>,
}

impl Sender {
    /// Sends the batch, in parts if necessary, and counts the outcome of each event. Ends when all
    /// events are settled, or when the batch must wait before it is retried.
    ///
    /// `is_aside` is whether other batches are delivered while this one fails. `progress` is exact
    /// even if this future is dropped early.
    pub(crate) async fn deliver(
        &self,
        mut delivery: Box<BatchDelivery>,
        progress: &Progress,
        is_aside: bool,
    ) -> DeliveryEnd {
        let unwritten = std::mem::take(&mut delivery.unwritten);
        for part in unwritten {
            if delivery.unwritten.is_empty() {
                self.settle_dropped(&mut delivery, part, progress);
            } else {
                // The attempt to write other letters has just failed.
                delivery.unwritten.push(part);
            }
        }
        while let Some(step) = delivery.parts.next() {
            let drop = match &step {
                Step::Reject(_) => {
                    let unknown = || rejected(Some(attempt_outcome::INVALID));
                    Some(delivery.refusal.clone().unwrap_or_else(unknown))
                }
                Step::Send(events) => {
                    delivery.prepare(events, &self.transport);
                    match self.send_until_wait(&mut delivery, is_aside).await {
                        PartOutcome::Delivered => None,
                        PartOutcome::Wait(wait) => return DeliveryEnd::Waiting(delivery, wait),
                        PartOutcome::Dropped(reason, cause) => Some((reason, cause)),
                        PartOutcome::TooLarge { .. } if delivery.parts.too_large() => continue,
                        PartOutcome::TooLarge { status } => Some(rejected(status)),
                        PartOutcome::Refused(reason, cause) => {
                            delivery.refusal = Some((reason, cause.clone()));
                            if delivery.parts.refused() {
                                delivery.parts.sample();
                                continue;
                            }
                            Some((reason, cause))
                        }
                    }
                }
            };
            let (Step::Send(events) | Step::Reject(events)) = step;
            match drop {
                None => {
                    self.counters.count_delivered(events.len() as u64);
                    if let Some(letters) = &self.dead_letters {
                        let part = delivery.current_part().unwrap_or(&delivery.batch);
                        letters
                            .outcomes
                            .record_events(part.events(), LetterOutcome::Delivered);
                    }
                    delivery.parts.accepted();
                    progress.settle(events);
                }
                Some((reason, cause)) => {
                    let part = DroppedPart {
                        events,
                        reason,
                        cause,
                    };
                    self.settle_dropped(&mut delivery, part, progress);
                    delivery.parts.dropped();
                    delivery.parts.sample();
                }
            }
            delivery.current = None;
            delivery.retries.part_settled();
        }
        if delivery.unwritten.is_empty() {
            DeliveryEnd::Settled(delivery.batch.into_buffer())
        } else {
            DeliveryEnd::Waiting(delivery, wait_for_letters())
        }
    }

    /// Writes the dead letters of a part and counts its events as dropped. If the letters cannot be
    /// written and there is a spool, the events stay in the spool. They do not delay the other
    /// parts of the batch.
    fn settle_dropped(&self, delivery: &mut BatchDelivery, part: DroppedPart, progress: &Progress) {
        let DroppedPart {
            events,
            reason,
            cause,
        } = &part;
        if let Some(letters) = &self.dead_letters {
            let copy = delivery.copy_of(events);
            let is_written = letters.add(copy.as_ref().unwrap_or(&delivery.batch), *reason);
            if !is_written && letters.has_spool() && !delivery.drops_unwritten {
                delivery.unwritten.push(part);
                return;
            }
        }
        self.counters
            .log_dropped(*reason, events.len() as u64, cause);
        progress.settle(part.events);
    }

    /// Returns whether dead letters could not be written at the latest attempt.
    pub(crate) fn letters_are_failing(&self) -> bool {
        let letters = self.dead_letters.as_ref();
        letters.is_some_and(|letters| letters.is_failing())
    }

    /// Sends the current part of the batch until it has an outcome or must wait.
    async fn send_until_wait(&self, delivery: &mut BatchDelivery, is_aside: bool) -> PartOutcome {
        let BatchDelivery {
            batch,
            current: Some(current),
            retries,
            ..
        } = delivery
        else {
            // This case cannot occur: the caller has prepared the part.
            return PartOutcome::TooLarge { status: None };
        };
        let part = current.copy.as_mut().unwrap_or(batch);
        loop {
            self.rate_limit.wait().await;
            if current.attempts > 0 {
                self.counters.count_retry();
            }
            let closed = self.rate_limit.is_shutting_down();
            // Segment adds the time between `sentAt` and the batch's arrival to the events'
            // timestamps. The time of an earlier attempt would shift them by the length of an
            // outage.
            let sent_at = format_timestamp(SystemTime::now());
            part.set_sent_at(sent_at.as_deref());
            let attempt = Attempt {
                sent_at: sent_at.as_deref(),
                number: current.attempts,
            };
            let outcome = self
                .transport
                .send(&self.key, part, &current.prepared, attempt)
                .await;
            let (retry_after, cause) = match outcome {
                AttemptOutcome::Delivered => {
                    self.outage.end();
                    return PartOutcome::Delivered;
                }
                AttemptOutcome::Rejected { status, error } => {
                    return PartOutcome::Dropped(
                        DropReason::Rejected { status },
                        rejection_cause(status, error),
                    );
                }
                AttemptOutcome::Split { status } => return PartOutcome::TooLarge { status },
                AttemptOutcome::Invalid => {
                    let (reason, cause) = rejected(Some(attempt_outcome::INVALID));
                    return PartOutcome::Refused(reason, cause);
                }
                AttemptOutcome::Retry {
                    retry_after,
                    cause,
                    error,
                } => {
                    // A batch that is bisected has failed before.
                    if !is_aside && !retries.is_last_attempt {
                        self.outage.report(cause, error.as_deref());
                    }
                    (retry_after, cause)
                }
            };
            current.attempts += 1;
            if !closed && self.rate_limit.is_shutting_down() {
                // The shutdown began during this attempt, so the batch gets another attempt.
                continue;
            }
            let now = Instant::now();
            retries.record_failure(cause.may_be_batch(), now);
            return match self.wait_before_retry(retries, retry_after, now) {
                Some(wait) => {
                    // A batch that fails alone must not delay others.
                    if wait.kind == WaitKind::RateLimit && !(is_aside && cause.may_be_batch()) {
                        self.rate_limit.close_until(wait.until);
                    }
                    PartOutcome::Wait(wait)
                }
                None if cause.may_be_batch()
                    && (is_aside || retries.is_bisected(self.outage.delivered_at())) =>
                {
                    // Perhaps only some of the events are the cause.
                    retries.is_last_attempt = true;
                    let (reason, cause) = expired(cause);
                    PartOutcome::Refused(reason, cause)
                }
                None => {
                    let (reason, cause) = expired(cause);
                    PartOutcome::Dropped(reason, cause)
                }
            };
        }
    }

    /// Returns how long to wait before the next attempt, or `None` if the retries ran out.
    fn wait_before_retry(
        &self,
        retries: &mut RetryState,
        retry_after: Option<Duration>,
        now: Instant,
    ) -> Option<Wait> {
        if retries.is_last_attempt {
            return None;
        }
        let end_of = |delay| now.checked_add(delay).unwrap_or(now);
        let policy = self.retry_policy;
        // `Retry-After: 0` is ignored, because immediate retries could go on forever.
        if let Some(delay) = retry_after.filter(|delay| !delay.is_zero()) {
            let until = end_of(delay);
            return policy
                .allows_wait_until(&mut retries.budget.rate_limit, now, until)
                .then_some(Wait {
                    until,
                    kind: WaitKind::RateLimit,
                });
        }
        let retry = retries.count_retry();
        let until = end_of(retry::backoff(retry, random::fraction()));
        (policy.allows_retry(retry)
            && policy.allows_wait_until(&mut retries.budget.backoff, now, until))
        .then_some(Wait {
            until,
            kind: WaitKind::Backoff,
        })
    }
}

/// Why a task that sends a batch has ended.
#[derive(Debug)]
pub(crate) enum DeliveryEnd {
    /// All events are settled. Contains a buffer for reuse, if one is available.
    Settled(Option<Vec<u8>>),
    /// The batch must wait before it is retried.
    Waiting(Box<BatchDelivery>, Wait),
}

/// A wait before a retry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wait {
    pub(crate) until: Instant,
    pub(crate) kind: WaitKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitKind {
    /// A flush or a shutdown ends the wait early.
    Backoff,
    /// The endpoint requested the wait. Only a shutdown ends it early.
    RateLimit,
}

/// Returns how long a batch whose dead letters cannot be written waits. The batch is not sent
/// again.
fn wait_for_letters() -> Wait {
    let now = Instant::now();
    Wait {
        until: now.checked_add(LETTER_INTERVAL).unwrap_or(now),
        kind: WaitKind::Backoff,
    }
}

/// The outcome of sending a part of a batch.
enum PartOutcome {
    Delivered,
    /// The part must wait before it is retried.
    Wait(Wait),
    /// The events were dropped. The string describes the cause for the log.
    Dropped(DropReason, String),
    /// The part was too large for one request. The status is used if the part cannot be split.
    TooLarge {
        status: Option<u16>,
    },
    /// The part was refused, perhaps because of single events. If the part cannot be split, its
    /// events are dropped for this reason.
    Refused(DropReason, String),
}

/// Returns the reason and the cause of a rejection.
fn rejected(status: Option<u16>) -> (DropReason, String) {
    (
        DropReason::Rejected { status },
        rejection_cause(status, None),
    )
}

/// Returns the reason and the cause for a part that ran out of retries.
fn expired(cause: RetryCause) -> (DropReason, String) {
    let cause = format!("the retries ran out, and {cause}");
    (DropReason::Expired, cause)
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

#[cfg(test)]
impl Sender {
    /// Creates a sender with a budget for retries, and without dead letters.
    pub(crate) fn with_budget(
        transport: Transport,
        budget: Duration,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            transport,
            key: WriteKey::parse("test-key").unwrap(),
            retry_policy: RetryPolicy {
                budget,
                max_retries: None,
            },
            counters,
            rate_limit: RateLimitGate::default(),
            outage: Outage::default(),
            dead_letters: None,
        }
    }
}
