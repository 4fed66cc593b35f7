//! Sends one batch until its fate is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::{Instant, timeout_at};

use crate::delivery::batch::Batch;
use crate::delivery::buffer_pool::Spares;
use crate::delivery::dead_letters::writer::DeadLetters;
use crate::delivery::endpoint::WriteKey;
use crate::delivery::outage::Outage;
use crate::delivery::rate_limit::Pauses;
use crate::delivery::retry::{self, Patience, Waits};
use crate::delivery::transport::dispatch::Transport;
use crate::delivery::transport::outcome::Outcome;
use crate::ledger::counters::Counters;
use crate::ledger::drop_reason::DropReason;
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
