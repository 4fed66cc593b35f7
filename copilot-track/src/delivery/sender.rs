//! Sends one batch until its fate is known.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::delivery::batch::Batch;
use crate::delivery::dead_letters::log::DeadLetters;
use crate::delivery::endpoint::WriteKey;
use crate::delivery::transport::kind::Transport;
use crate::delivery::transport::response::{self as retry, Obstacle, Outcome};
use crate::ledger::counters::Counters;
use crate::ledger::counts::DropReason;
use crate::util::random;

/// What all batches of a tracker share.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) transport: Transport,
    pub(crate) key: WriteKey,
    pub(crate) patience: Patience,
    pub(crate) counters: Arc<Counters>,
    pub(crate) pauses: Pauses,
    pub(crate) outage: Outage,
    pub(crate) dead_letters: Option<Arc<DeadLetters>>,
    pub(crate) spares: Spares,
}

/// The memory of bodies that were sent, for those to come.
#[derive(Debug, Default)]
pub(crate) struct Spares(Mutex<Vec<Vec<u8>>>);

impl Spares {
    /// About 2 MB.
    const MOST: usize = 4;

    pub(crate) fn take(&self) -> Vec<u8> {
        self.lock().pop().unwrap_or_default()
    }

    fn keep(&self, batch: Batch) {
        if let Some(memory) = batch.into_memory() {
            let mut spares = self.lock();
            if spares.len() < Self::MOST {
                spares.push(memory);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long, and how often, a batch is tried again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For back-offs, from the first of a batch, and likewise for the pauses that the endpoint
    /// asks for.
    pub(crate) budget: Duration,
    /// How many back-offs a request may have; the pauses that the endpoint asks for do not count.
    pub(crate) max_retries: Option<u32>,
}

/// When a batch was first made to wait.
#[derive(Debug, Default)]
struct Waits {
    back_off: Option<Instant>,
    pause: Option<Instant>,
}

impl Patience {
    /// Whether a wait until then, the first of its kind if `first` is none, is within the budget.
    fn covers(self, first: &mut Option<Instant>, now: Instant, until: Instant) -> bool {
        let end = first.get_or_insert(now).checked_add(self.budget);
        end.is_none_or(|end| until <= end)
    }

    /// Whether one more retry, by this number from 1, is allowed.
    fn allows(self, retry: u32) -> bool {
        self.max_retries.is_none_or(|most| retry <= most)
    }
}

/// Whether deliveries fail for now; told at the begin and at the end.
#[derive(Debug, Default)]
pub(crate) struct Outage(AtomicBool);

impl Outage {
    fn begins(&self, why: Obstacle) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(%why, "copilot events cannot be delivered for now: they wait, and are tried again");
        }
    }

    fn ends(&self) {
        if self.0.swap(false, Ordering::Relaxed) {
            tracing::info!("copilot events are delivered again");
        }
    }
}

/// How waits for a better time are shared, and cut short.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    /// The endpoint asked that nothing be sent before.
    not_before: Mutex<Option<Instant>>,
    /// A flush or a shutdown wants back-offs to end.
    pub(crate) hurry: Notify,
    /// A shutdown wants even the endpoint's pause to end.
    closing: Notify,
    closed: AtomicBool,
}

impl Pauses {
    fn hold_until(&self, until: Instant) {
        let mut not_before = self.lock();
        *not_before = (*not_before).max(Some(until));
    }

    /// Ends all waits once, for a last attempt.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        *self.lock() = None;
        self.closing.notify_waiters();
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Waits for as long as the endpoint asked.
    async fn wait(&self) {
        loop {
            let Some(until) = *self.lock() else { return };
            if until <= Instant::now() {
                return;
            }
            if timeout_at(until, self.closing.notified()).await.is_ok() {
                return;
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.not_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sender {
    /// Sends the batch, in parts if need be, and counts what became of each event. `remaining` is
    /// how many have no fate yet; it is exact whenever this future is dropped.
    pub(crate) async fn deliver(&self, batch: Batch, remaining: &AtomicU64) {
        let mut waits = Waits::default();
        let mut parts = vec![batch];
        while let Some(mut part) = parts.pop() {
            let events = part.len() as u64;
            let reason = match self.settle(&part, &mut waits).await {
                Fate::Delivered => None,
                Fate::Dropped(reason) => Some(reason),
                Fate::TooLarge { status } => match part.split() {
                    Ok([first, second]) => {
                        parts.extend([second, first]);
                        continue;
                    }
                    Err(whole) => {
                        part = whole;
                        Some(DropReason::Rejected(status))
                    }
                },
            };
            match reason {
                None => self.counters.delivered(events),
                Some(reason) => {
                    self.counters.lost(reason, events, &why(reason));
                    if let Some(letters) = &self.dead_letters {
                        letters.add(&part, reason);
                    }
                }
            }
            remaining.fetch_sub(events, Ordering::Relaxed);
            self.spares.keep(part);
        }
    }

    /// Tries until there is no more to be hoped for.
    async fn settle(&self, batch: &Batch, waits: &mut Waits) -> Fate {
        let prepared = self.transport.prepare(batch);
        let (mut sent, mut retries) = (0, 0);
        loop {
            self.pauses.wait().await;
            if sent > 0 {
                self.counters.retried();
            }
            let closed = self.pauses.is_closed();
            let outcome = self.transport.send(&self.key, batch, &prepared, sent).await;
            let after = match outcome {
                Outcome::Delivered => {
                    self.outage.ends();
                    return Fate::Delivered;
                }
                Outcome::Rejected { status } => {
                    return Fate::Dropped(DropReason::Rejected(status));
                }
                Outcome::Split { status } => return Fate::TooLarge { status },
                Outcome::Retry { after, why } => {
                    self.outage.begins(why);
                    after
                }
            };
            sent += 1;
            if !closed && self.pauses.is_closed() {
                // The shutdown came while the request was under way: the last attempt is the next.
                continue;
            }
            let now = Instant::now();
            let end_of = |delay| now.checked_add(delay).unwrap_or(now);
            // A pause of no length asks for nothing; trying at once would never end.
            if let Some(pause) = after.filter(|after| !after.is_zero()) {
                let until = end_of(pause);
                if !self.patience.covers(&mut waits.pause, now, until) {
                    return Fate::Dropped(DropReason::Expired);
                }
                self.pauses.hold_until(until);
                continue;
            }
            retries += 1;
            let until = end_of(retry::backoff(retries, random::fraction()));
            if !self.patience.allows(retries)
                || !self.patience.covers(&mut waits.back_off, now, until)
            {
                return Fate::Dropped(DropReason::Expired);
            }
            // Until then, or less if someone is in a hurry.
            let _ = timeout_at(until, self.pauses.hurry.notified()).await;
        }
    }
}

enum Fate {
    Delivered,
    Dropped(DropReason),
    TooLarge { status: u16 },
}

fn why(reason: DropReason) -> String {
    match reason {
        DropReason::Rejected(0) => "the transport refused them".to_owned(),
        DropReason::Rejected(status @ (401 | 403)) => {
            format!("the endpoint answered {status}: check the write key and the region")
        }
        DropReason::Rejected(status) => format!("the endpoint answered {status}"),
        _ => "the endpoint did not take them within the retry budget and the retries allowed"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn pauses_and_back_offs_have_a_budget_of_twelve_hours_each() {
        let patience = Patience {
            budget: 12 * HOUR,
            max_retries: None,
        };
        let begun = Instant::now();
        let mut waits = Waits::default();
        let pause = Duration::from_secs(300);
        let covers = |first: &mut _, now: Instant, wait| patience.covers(first, now, now + wait);
        assert!(covers(&mut waits.pause, begun, pause));
        assert!(covers(&mut waits.pause, begun + 11 * HOUR, pause));
        // The other kind begins when it is first needed.
        assert!(covers(&mut waits.back_off, begun + 11 * HOUR, pause));
        assert!(!covers(&mut waits.pause, begun + 12 * HOUR, pause));
        assert!(covers(&mut waits.back_off, begun + 22 * HOUR, pause));
        assert!(!covers(&mut waits.back_off, begun + 23 * HOUR, pause));
    }

    #[test]
    fn retries_are_counted_only_if_that_is_asked() {
        let patience = |max_retries| Patience {
            budget: HOUR,
            max_retries,
        };
        assert!(patience(None).allows(u32::MAX));
        assert!(patience(Some(2)).allows(2) && !patience(Some(2)).allows(3));
        assert!(!patience(Some(0)).allows(1));
    }
}
