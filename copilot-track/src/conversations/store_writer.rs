//! Writes the changes of conversations to the store, and ends conversations.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::conversations::shared::Shared;
use crate::conversations::store_reader::{StoreCaller, TIMEOUT};
use crate::event::ids::conversation_id::ConversationId;
use crate::store::conversation_store::{ClaimedConversation, EndClaim, IdleRequest};
use crate::store::numbered_end::NumberedEnd;
use crate::store::outbox::{EndJob, Outboxes, WriteBatch};
use crate::store::store_error::StoreError;
use crate::tracker::pending_work::FinishRequest;
use crate::util::random;

/// The maximum number of conversations in one write.
const MAX_BATCH: usize = 1_000;
/// How long a Conversation Ended event waits for the store. After this time, it is sent without a
/// number of messages. If four flush intervals are longer, it waits for four flush intervals.
pub(super) const MAX_END_WAIT: Duration = Duration::from_secs(30);
/// How long a claim is valid: longer than the delivery of the event and its confirmation take.
const LEASE: Duration = Duration::from_secs(60);
/// The maximum time that a confirmation waits for the delivery of its Conversation Ended event.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(20);
/// The number of idle conversations that are claimed at the same time.
const IDLE_BATCH: usize = 100;
/// The longest time between two searches for idle conversations.
const MAX_SWEEP_INTERVAL: Duration = Duration::from_secs(30);
/// The shortest time between two searches for idle conversations, and between two writes.
const MIN_INTERVAL: Duration = Duration::from_millis(10);
/// The time between two publications of the ledger.
const LEDGER_INTERVAL: Duration = Duration::from_secs(10);
/// The number of attempts to confirm an end.
const CONFIRM_ATTEMPTS: u32 = 5;

/// An end that is being claimed.
struct Claiming {
    task: JoinHandle<Result<Option<EndClaim>, StoreError>>,
    job: EndJob,
}

/// Writes the changes of conversations to the store, and ends conversations.
///
/// The futures of its methods can be dropped at any time. No change and no end is lost then.
pub(super) struct StoreWriter {
    pub(super) shared: Arc<Shared>,
    pub(super) outboxes: Arc<Outboxes>,
    pub(super) caller: StoreCaller,
    /// The changes that are being written. They are written again until this succeeds.
    batch: Option<WriteBatch>,
    ends: Vec<EndJob>,
    /// The ends that are being claimed.
    claiming: VecDeque<Claiming>,
    /// The ends whose events were sent, until their confirmation starts.
    sent: Vec<(ConversationId, u64)>,
    /// The tasks that confirm ends.
    confirmations: JoinSet<()>,
    /// Identifies the claims of this process.
    token: String,
    flush_interval: Duration,
    next_sweep: Instant,
    next_ledger: Instant,
}

impl StoreWriter {
    pub(super) fn new(shared: Arc<Shared>, outboxes: Arc<Outboxes>, caller: StoreCaller) -> Self {
        let flush_interval = shared.tracker.flush_interval().max(MIN_INTERVAL);
        Self {
            shared,
            outboxes,
            caller,
            batch: None,
            ends: Vec::new(),
            claiming: VecDeque::new(),
            sent: Vec::new(),
            confirmations: JoinSet::new(),
            token: random::uuid(u64::from(std::process::id()))
                .simple()
                .to_string(),
            flush_interval,
            next_sweep: Instant::now(),
            next_ledger: Instant::now(),
        }
    }

    /// Writes once per flush interval, until the sender of `requests` is dropped.
    pub(super) async fn run(mut self, mut requests: UnboundedReceiver<FinishRequest>) {
        let mut next = Instant::now() + self.flush_interval;
        loop {
            let request = {
                let mut round = pin!(self.round_at(next));
                // A request does not wait for a store that does not answer.
                poll_fn(|context| match requests.poll_recv(context) {
                    Poll::Ready(request) => Poll::Ready(Some(request)),
                    Poll::Pending => round.as_mut().poll(context).map(|()| None),
                })
                .await
            };
            match request {
                Some(Some(request)) => self.finish(request).await,
                Some(None) => break,
                None => next = Instant::now() + self.flush_interval,
            }
        }
        let deadline = std::time::Instant::now() + self.shared.tracker.drop_timeout();
        self.finish(FinishRequest {
            deadline,
            is_shutdown: true,
            reply: Box::new(|_| {}),
        })
        .await;
        self.outboxes.close();
    }

    async fn round_at(&mut self, time: Instant) {
        sleep_until(time).await;
        // A request drops this future, so the end of this method may never be reached.
        self.give_up_expired();
        let written = self.write().await;
        let now = std::time::Instant::now();
        let due = self.flush_interval * 2;
        self.claim(written, |job| {
            now.saturating_duration_since(job.requested) >= due
        })
        .await;
        self.give_up_expired();
        if written && Instant::now() >= self.next_sweep {
            self.sweep().await;
        }
        while self.confirmations.try_join_next().is_some() {}
        if written && Instant::now() >= self.next_ledger {
            self.publish_ledger().await;
        }
    }

    /// Writes all changes. Returns whether this succeeded.
    async fn write(&mut self) -> bool {
        loop {
            if self.batch.is_none() {
                self.batch = self.outboxes.take(MAX_BATCH);
            }
            let Some(batch) = &self.batch else {
                return true;
            };
            let updates = Arc::clone(&batch.updates);
            let applied = self
                .caller
                .call(TIMEOUT, move |store| {
                    Box::pin(async move { store.apply(&updates).await })
                })
                .await;
            if applied.is_err() {
                return false;
            }
            self.outboxes.saved(batch);
            self.batch = None;
        }
    }

    /// Claims the ends that are due, and sends their events. `can_claim` is whether the changes of
    /// this process have been written.
    async fn claim(&mut self, can_claim: bool, is_due: impl Fn(&EndJob) -> bool) {
        if can_claim {
            let jobs = std::mem::take(&mut self.ends);
            let (due, waiting): (Vec<_>, Vec<_>) = jobs.into_iter().partition(is_due);
            self.ends = waiting;
            for job in due {
                let task = self.start_claim(job.outbox.id());
                self.claiming.push_back(Claiming { task, job });
            }
        }
        while let Some(first) = self.claiming.front_mut() {
            let claim = (&mut first.task).await;
            let Some(Claiming { job, .. }) = self.claiming.pop_front() else {
                return;
            };
            match claim {
                Ok(Ok(Some(claim))) => {
                    if job.is_next(claim.number) {
                        self.sent.push((job.outbox.id().clone(), claim.number));
                        job.send(NumberedEnd {
                            number: claim.number,
                            message_count: Some(claim.message_count),
                        });
                    } else if job.is_repeated() {
                        job.cancel();
                    } else {
                        // The end that this process sent before has not been confirmed.
                        self.ends.push(job);
                    }
                }
                // Another process ended the conversation, or there are no new messages.
                Ok(Ok(None)) => job.cancel(),
                Ok(Err(_)) | Err(_) => self.ends.push(job),
            }
        }
        self.confirm();
    }

    fn start_claim(&self, id: &ConversationId) -> JoinHandle<Result<Option<EndClaim>, StoreError>> {
        let (caller, id, token) = (self.caller.clone(), id.clone(), self.token.clone());
        tokio::spawn(async move {
            caller
                .call_for_one(TIMEOUT, move |store| {
                    Box::pin(async move { store.claim_end(&id, &token, LEASE).await })
                })
                .await
        })
    }

    /// Takes the ends that were requested, and sends the events of those that have waited for too
    /// long.
    fn give_up_expired(&mut self) {
        self.ends.extend(self.outboxes.take_ends());
        let now = std::time::Instant::now();
        let max_wait = MAX_END_WAIT.max(self.flush_interval * 4);
        self.give_up(|job| now.saturating_duration_since(job.requested) >= max_wait);
    }

    /// Sends the events of expired ends without a number of messages.
    fn give_up(&mut self, is_expired: impl Fn(&EndJob) -> bool) {
        let jobs = std::mem::take(&mut self.ends);
        let (expired, waiting): (Vec<_>, Vec<_>) = jobs.into_iter().partition(is_expired);
        self.ends = waiting;
        for job in expired {
            self.outboxes.send_without_count(job);
        }
    }

    /// Confirms ends once their events are delivered or dropped, or after [`DELIVERY_TIMEOUT`]. If
    /// this process is killed before the confirmation, another process sends the events again, with
    /// the same ids.
    ///
    /// If the endpoint is down for longer, the events are in the queue like all others. Without a
    /// confirmation, they would be queued again each time that their claims expire.
    fn confirm(&mut self) {
        let sent = std::mem::take(&mut self.sent);
        if sent.is_empty() {
            return;
        }
        let (caller, tracker) = (self.caller.clone(), self.shared.tracker.clone());
        let interval = self.flush_interval;
        self.confirmations.spawn(async move {
            let _ = tracker.flush_queued(DELIVERY_TIMEOUT).await;
            for (id, number) in sent {
                for attempt in 1..=CONFIRM_ATTEMPTS {
                    let id = id.clone();
                    let confirmed = caller
                        .call(TIMEOUT, move |store| {
                            Box::pin(async move { store.confirm_end(&id, number).await })
                        })
                        .await;
                    if confirmed.is_ok() {
                        break;
                    }
                    sleep_until(Instant::now() + interval * attempt).await;
                }
            }
        });
    }

    /// Publishes the ledger, if this replica has a name.
    async fn publish_ledger(&mut self) {
        let Some(replica) = self.shared.options.replica.clone() else {
            return;
        };
        self.next_ledger = Instant::now() + LEDGER_INTERVAL;
        let ledger = self.shared.tracker.ledger();
        // A failed publication is counted, and the next one replaces it.
        let _ = self
            .caller
            .call(TIMEOUT, move |store| {
                Box::pin(async move { store.publish_ledger(&replica, &ledger).await })
            })
            .await;
    }

    /// Ends conversations that are idle in all processes.
    async fn sweep(&mut self) {
        let Some(idle) = self.shared.options.end_after_idle else {
            return;
        };
        let interval = (idle / 8).clamp(MIN_INTERVAL, MAX_SWEEP_INTERVAL);
        self.next_sweep = Instant::now() + interval;
        self.shared.sweep(std::time::Instant::now());
        loop {
            let request = IdleRequest::new(idle, IDLE_BATCH, LEASE, self.token.clone());
            let claimed = self
                .caller
                .call(TIMEOUT, move |store| {
                    Box::pin(async move { store.claim_idle(&request).await })
                })
                .await;
            let Ok(claimed) = claimed else {
                return;
            };
            let is_last = claimed.len() < IDLE_BATCH;
            self.end_claimed(claimed).await;
            if is_last {
                return;
            }
        }
    }

    async fn end_claimed(&mut self, claimed: Vec<ClaimedConversation>) {
        for ClaimedConversation {
            conversation_id: id,
            claim,
        } in claimed
        {
            let key = id.clone();
            let stored = self
                .caller
                .call(TIMEOUT, move |store| {
                    Box::pin(async move { store.load(&key).await })
                })
                .await;
            // After an error, the claim expires, and a process claims the end again.
            if let Ok(Some(stored)) = stored
                && self.shared.end_claimed(id.clone(), claim, &stored)
            {
                self.sent.push((id, claim.number));
            }
        }
        self.confirm();
    }

    /// Writes all changes and ends all conversations whose end was requested.
    pub(super) async fn finish(&mut self, request: FinishRequest) {
        self.give_up_expired();
        let FinishRequest {
            deadline,
            is_shutdown,
            reply,
        } = request;
        let start = std::time::Instant::now();
        let left = deadline.saturating_duration_since(start);
        let wait = (self.flush_interval * 2).min(left / 2);
        // The caller does not wait longer than until its deadline.
        let deadline = Instant::from_std(deadline) - left / 8;
        let work = self.finish_work(start + left / 2, wait, is_shutdown);
        let _ = timeout_at(deadline, work).await;
        if is_shutdown {
            self.ends.extend(self.outboxes.take_ends());
            let claiming = std::mem::take(&mut self.claiming);
            self.ends
                .extend(claiming.into_iter().map(|claiming| claiming.job));
            self.give_up(|_| true);
        }
        reply(self.ends.is_empty() && self.claiming.is_empty());
    }

    /// Writes all changes and claims the ends. If no end waits, a flush does not repeat a write
    /// that failed.
    async fn finish_work(
        &mut self,
        latest_claim: std::time::Instant,
        wait: Duration,
        is_shutdown: bool,
    ) {
        loop {
            self.ends.extend(self.outboxes.take_ends());
            let written = self.write().await;
            let now = std::time::Instant::now();
            let is_due = |job: &EndJob| {
                now >= latest_claim || now.saturating_duration_since(job.requested) >= wait
            };
            self.claim(written, is_due).await;
            let has_ends = !self.ends.is_empty() || !self.claiming.is_empty();
            if !has_ends && (written || !is_shutdown) {
                if written {
                    self.publish_ledger().await;
                }
                break;
            }
            sleep_until(Instant::now() + MIN_INTERVAL).await;
        }
        while self.confirmations.join_next().await.is_some() {}
    }
}
