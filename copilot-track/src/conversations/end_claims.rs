//! Claims the ends that the application requested, and sends their events.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use crate::conversations::confirmations::SentEnd;
use crate::conversations::store_reader::{StoreCaller, TIMEOUT};
use crate::conversations::update_writer::Written;
use crate::store::conversation_store::EndClaim;
use crate::store::numbered_end::NumberedEnd;
use crate::store::outbox::{EndJob, Outbox};
use crate::store::outboxes::Outboxes;
use crate::store::store_error::StoreError;

/// How long a claim is valid: longer than the delivery of the event and its confirmation take.
pub(super) const LEASE: Duration = Duration::from_secs(60);

/// Claims the ends that the application requested, and sends their events.
///
/// The future of [`finish_claims`](Self::finish_claims) can be dropped at any time. No end is lost
/// then.
pub(super) struct EndClaims {
    outboxes: Arc<Outboxes>,
    caller: StoreCaller,
    /// Identifies the claims of this process.
    token: String,
    waiting: Vec<EndJob>,
    /// The ends that are being claimed.
    claiming: VecDeque<Claiming>,
    sent: UnboundedSender<SentEnd>,
}

/// An end that is being claimed.
struct Claiming {
    task: JoinHandle<Result<Claimed, StoreError>>,
    job: EndJob,
}

/// The result of claiming an end.
enum Claimed {
    Next(EndClaim),
    /// The end that this process sent before has not been confirmed, and the store has messages
    /// that this end does not include.
    Newer,
    /// Another process ended the conversation, or there are no new messages.
    Nothing,
}

impl EndClaims {
    pub(super) fn new(
        outboxes: Arc<Outboxes>,
        caller: StoreCaller,
        token: String,
        sent: UnboundedSender<SentEnd>,
    ) -> Self {
        Self {
            outboxes,
            caller,
            token,
            waiting: Vec::new(),
            claiming: VecDeque::new(),
            sent,
        }
    }

    /// Takes the ends that were requested.
    pub(super) fn receive(&mut self) {
        self.waiting.extend(self.outboxes.take_ends());
    }

    /// Returns whether no end waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.claiming.is_empty()
    }

    /// Starts to claim the ends that are due, except those of conversations with changes that
    /// `written` does not include.
    pub(super) fn start(&mut self, written: Written, is_due: impl Fn(&EndJob) -> bool) {
        if written == Written::None {
            return;
        }
        let jobs = std::mem::take(&mut self.waiting);
        let is_behind = |outbox: &Outbox| {
            outbox.is_unsettled() || (written != Written::All && outbox.has_changes())
        };
        let can_start = |job: &EndJob| is_due(job) && !is_behind(&job.outbox);
        let (due, waiting): (Vec<_>, Vec<_>) = jobs.into_iter().partition(can_start);
        self.waiting = waiting;
        for job in due {
            job.start();
            let (caller, token) = (self.caller.clone(), self.token.clone());
            let task = tokio::spawn(claim(caller, Arc::clone(&job.outbox), token));
            self.claiming.push_back(Claiming { task, job });
        }
    }

    /// Waits until all ends that are being claimed are claimed, and sends their events.
    pub(super) async fn finish_claims(&mut self) {
        while let Some(first) = self.claiming.front_mut() {
            let claimed = (&mut first.task).await;
            let Some(Claiming { job, .. }) = self.claiming.pop_front() else {
                return;
            };
            match claimed {
                Ok(Ok(Claimed::Next(claim))) if job.is_next(claim.number) => {
                    // The receiver is dropped last.
                    let _ = self.sent.send((job.outbox.id().clone(), claim.number));
                    job.send(NumberedEnd {
                        number: claim.number,
                        message_count: Some(claim.message_count),
                    });
                }
                Ok(Ok(Claimed::Newer)) => self.waiting.push(job.wait_again(true)),
                Ok(Ok(Claimed::Nothing)) => job.cancel(),
                // The claim failed, or another job of this process got the same claim.
                Ok(Ok(Claimed::Next(_)) | Err(_)) | Err(_) => {
                    self.waiting.push(job.wait_again(false));
                }
            }
        }
    }

    /// Sends the events of ends that were requested more than `max_wait` ago, without a number of
    /// messages.
    pub(super) fn give_up_after(&mut self, max_wait: Duration) {
        self.receive();
        let now = Instant::now();
        let jobs = std::mem::take(&mut self.waiting);
        for job in jobs {
            if now.saturating_duration_since(job.requested) >= max_wait {
                job.send_without_count();
            } else {
                self.waiting.push(job);
            }
        }
    }

    /// Sends the events of all ends, without a number of messages.
    pub(super) fn give_up(&mut self) {
        let claiming = std::mem::take(&mut self.claiming);
        self.waiting
            .extend(claiming.into_iter().map(|claiming| claiming.job));
        self.give_up_after(Duration::ZERO);
    }
}

/// Claims the next end of a conversation.
async fn claim(
    caller: StoreCaller,
    outbox: Arc<Outbox>,
    token: String,
) -> Result<Claimed, StoreError> {
    let id = outbox.id().clone();
    let claim = caller.call_for_one(TIMEOUT, move |store| {
        Box::pin(async move { store.claim_end(&id, &token, LEASE).await })
    });
    let Some(claim) = claim.await? else {
        return Ok(Claimed::Nothing);
    };
    if claim.number > outbox.ends() {
        return Ok(Claimed::Next(claim));
    }
    let id = outbox.id().clone();
    let stored = caller.call_for_one(TIMEOUT, move |store| {
        Box::pin(async move { store.load(&id).await })
    });
    let messages = stored.await?.map_or(0, |stored| stored.message_count());
    if messages > claim.message_count {
        Ok(Claimed::Newer)
    } else {
        Ok(Claimed::Nothing)
    }
}
