//! Writes the changes of conversations to the store, and ends conversations.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::conversations::confirmations::Confirmations;
use crate::conversations::end_claims::EndClaims;
use crate::conversations::idle_search::IdleSearch;
use crate::conversations::shared::Shared;
use crate::conversations::store_reader::{StoreCaller, TIMEOUT};
use crate::conversations::update_writer::{UpdateWriter, Written};
use crate::store::outbox::EndJob;
use crate::store::outboxes::Outboxes;
use crate::tracker::pending_work::FinishRequest;
use crate::util::random;

/// How long a Conversation Ended event waits for the store. After this time, it is sent without a
/// number of messages. If four flush intervals are longer, it waits for four flush intervals.
pub(super) const MAX_END_WAIT: Duration = Duration::from_secs(30);
/// The longest time between two searches for idle conversations.
const MAX_SEARCH_INTERVAL: Duration = Duration::from_secs(30);
/// The shortest time between two searches for idle conversations, and between two writes.
const MIN_INTERVAL: Duration = Duration::from_millis(10);
/// The limit of a `drop_timeout` that is meant to have no end.
const MAX_DROP_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
/// The time between two publications of the ledger.
const LEDGER_INTERVAL: Duration = Duration::from_secs(10);

/// Writes the changes of conversations to the store, and ends conversations.
///
/// A write starts one flush interval after the start of the previous one, or at its end if that is
/// later. Nothing else delays a write: claims are interrupted, and searches for idle conversations,
/// confirmations, and publications of the ledger are tasks. A process that is killed therefore
/// loses at most the messages of one flush interval (or of the previous write, if that took longer)
/// and of the write in progress.
///
/// The futures of its methods can be dropped at any time. No change and no end is lost then.
pub(super) struct StoreWriter {
    shared: Arc<Shared>,
    outboxes: Arc<Outboxes>,
    caller: StoreCaller,
    updates: UpdateWriter,
    ends: EndClaims,
    search: IdleSearch,
    /// The search for idle conversations, and the publication of the ledger.
    searches: JoinSet<()>,
    publications: JoinSet<()>,
    confirmations: Confirmations,
    flush_interval: Duration,
    next_write: Instant,
    next_search: Instant,
    next_ledger: Instant,
}

impl StoreWriter {
    pub(super) fn new(shared: Arc<Shared>, outboxes: Arc<Outboxes>, caller: StoreCaller) -> Self {
        let flush_interval = shared.tracker.flush_interval().max(MIN_INTERVAL);
        let token = random::uuid(u64::from(std::process::id()))
            .simple()
            .to_string();
        let (confirmations, sent) =
            Confirmations::new(shared.tracker.clone(), caller.clone(), flush_interval);
        Self {
            updates: UpdateWriter::new(Arc::clone(&outboxes), caller.clone()),
            ends: EndClaims::new(
                Arc::clone(&outboxes),
                caller.clone(),
                token.clone(),
                sent.clone(),
            ),
            search: IdleSearch {
                shared: Arc::clone(&shared),
                caller: caller.clone(),
                token,
                sent,
            },
            shared,
            outboxes,
            caller,
            searches: JoinSet::new(),
            publications: JoinSet::new(),
            confirmations,
            flush_interval,
            next_write: Instant::now() + flush_interval,
            next_search: Instant::now(),
            next_ledger: Instant::now(),
        }
    }

    /// Writes once per flush interval, until the sender of `requests` is dropped.
    pub(super) async fn run(mut self, mut requests: UnboundedReceiver<FinishRequest>) {
        loop {
            let request = {
                let mut round = pin!(self.round());
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
                None => {}
            }
        }
        let now = std::time::Instant::now();
        let timeout = self.shared.tracker.drop_timeout().min(MAX_DROP_TIMEOUT);
        let deadline = now.checked_add(timeout).unwrap_or(now);
        self.finish(FinishRequest {
            deadline,
            is_shutdown: true,
            reply: Box::new(|_| {}),
        })
        .await;
        self.outboxes.close(self.updates.into_unwritten());
    }

    /// Waits for the time of the next write, and writes. Until the write after that, sends events.
    async fn round(&mut self) {
        sleep_until(self.next_write).await;
        // A request drops this future, so the end of this method may never be reached.
        self.give_up_expired();
        let written = self.write().await;
        self.confirmations.start();
        if written != Written::None {
            self.start_search();
            self.start_publication();
        }
        let now = std::time::Instant::now();
        let due = self.flush_interval * 2;
        self.ends.start(written, |job| {
            now.saturating_duration_since(job.requested) >= due
        });
        let _ = timeout_at(self.next_write, self.ends.finish_claims()).await;
        self.confirmations.start();
        self.give_up_expired();
    }

    /// Writes all changes.
    async fn write(&mut self) -> Written {
        self.next_write = Instant::now() + self.flush_interval;
        let written = self.updates.write().await;
        let now = Instant::now();
        let is_slow = written == Written::Some && now >= self.next_write;
        if written == Written::None || is_slow {
            // A store that does not answer, or that needs many attempts, gets some time.
            self.next_write = now + self.flush_interval;
        }
        written
    }

    /// Takes the ends that were requested, and sends the events of those that have waited for too
    /// long.
    fn give_up_expired(&mut self) {
        let max_wait = MAX_END_WAIT.max(self.flush_interval * 4);
        self.ends.give_up_after(max_wait);
    }

    /// Starts to search for idle conversations, if it is time.
    fn start_search(&mut self) {
        let Some(idle) = self.shared.options.end_after_idle else {
            return;
        };
        while self.searches.try_join_next().is_some() {}
        if Instant::now() < self.next_search || !self.searches.is_empty() {
            return;
        }
        let interval = (idle / 8).clamp(MIN_INTERVAL, MAX_SEARCH_INTERVAL);
        self.next_search = Instant::now() + interval;
        self.shared.sweep(std::time::Instant::now());
        self.searches.spawn(self.search.clone().run(idle));
    }

    /// Starts to publish the ledger, if it is time.
    fn start_publication(&mut self) {
        while self.publications.try_join_next().is_some() {}
        if Instant::now() >= self.next_ledger && self.publications.is_empty() {
            self.next_ledger = Instant::now() + LEDGER_INTERVAL;
            self.publications.spawn(self.publish_ledger());
        }
    }

    /// Publishes the ledger, if this replica has a name.
    fn publish_ledger(&self) -> impl Future<Output = ()> + Send + use<> {
        let replica = self.shared.options.replica.clone();
        let ledger = self.shared.tracker.ledger();
        let caller = self.caller.clone();
        async move {
            let Some(replica) = replica else {
                return;
            };
            // A failed publication is counted, and the next one replaces it.
            let _ = caller
                .call(TIMEOUT, move |store| {
                    Box::pin(async move { store.publish_ledger(&replica, &ledger).await })
                })
                .await;
        }
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
            self.ends.give_up();
        } else {
            self.start_publication();
        }
        reply(self.ends.is_empty());
    }

    /// Writes all changes and claims the ends. If no end waits, a flush does not repeat a write
    /// that failed.
    async fn finish_work(
        &mut self,
        latest_claim: std::time::Instant,
        wait: Duration,
        is_shutdown: bool,
    ) {
        let mut must_publish;
        loop {
            self.ends.receive();
            let written = self.write().await;
            if written != Written::None && !is_shutdown {
                // A round may never reach this, because each flush delays the next round.
                self.start_search();
            }
            let now = std::time::Instant::now();
            let is_due = |job: &EndJob| {
                now >= latest_claim || now.saturating_duration_since(job.requested) >= wait
            };
            self.ends.start(written, is_due);
            let _ = timeout_at(self.next_write, self.ends.finish_claims()).await;
            self.confirmations.start();
            if self.ends.is_empty() && (written == Written::All || !is_shutdown) {
                must_publish = written != Written::None;
                break;
            }
            sleep_until(Instant::now() + MIN_INTERVAL).await;
        }
        loop {
            let next_write = self.next_write;
            let tasks = async {
                // An older ledger must not replace a newer one.
                while self.publications.join_next().await.is_some() {}
                if std::mem::take(&mut must_publish) {
                    self.next_ledger = Instant::now() + LEDGER_INTERVAL;
                    self.publications.spawn(self.publish_ledger());
                }
                while self.publications.join_next().await.is_some() {}
                while self.confirmations.wait_for_one().await {}
            };
            if timeout_at(next_write, tasks).await.is_ok() {
                break;
            }
            // The store or the endpoint can be slow. Other conversations continue.
            self.write().await;
        }
    }
}
