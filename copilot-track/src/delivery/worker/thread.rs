//! The delivery thread, which collects events from the queue, encodes them into batches, and sends
//! them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use crate::delivery::batch::OpenBatch;
use crate::delivery::buffer_pool::BufferPool;
use crate::delivery::encode::encoder::Encoder;
use crate::delivery::overflow_log::OverflowLog;
use crate::delivery::queue::chunk::Chunk;
use crate::delivery::queue::queue::Queue;
use crate::delivery::retry::StoredRetries;
use crate::delivery::sender::{DeliveryEnd, Sender};
use crate::delivery::spool::DiskQueue;
use crate::delivery::worker::barrier_request::{BarrierRequest, Waiter};
use crate::delivery::worker::batch_policy::BatchPolicy;
use crate::delivery::worker::deadline::after;
use crate::delivery::worker::in_flight::{InFlight, WaitingBatch};
use crate::delivery::worker::late_requests::reply_to_late_requests;
use crate::delivery::worker::wakeup::Wakeup;
use crate::ledger::counters::Counters;
use crate::ledger::drop_reason::DropReason;

/// The longest time between two polls of the queue.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The state of the delivery thread.
pub(crate) struct Worker {
    pub(super) queue: Arc<Queue>,
    pub(super) counters: Arc<Counters>,
    pub(super) sender: Arc<Sender>,
    pub(super) encoder: Encoder,
    pub(super) policy: BatchPolicy,
    pub(super) spool: Option<DiskQueue>,
    pub(super) spool_overflow_log: OverflowLog,
    /// Events with lower sequence numbers were left by an earlier process.
    pub(super) recovered_end: u64,
    /// The next events to encode.
    pub(super) chunk: Chunk,
    pub(super) open_batch: OpenBatch,
    /// The sequence number of the open batch's first event. Events are numbered when they enter the
    /// backlog or, with a spool, when they are added to the spool.
    pub(super) open_batch_first: u64,
    /// The time by which the open batch should be sent.
    pub(super) open_batch_due: Instant,
    /// The sequence number and size in the spool of each of the open batch's events.
    pub(super) open_batch_records: Vec<(u64, usize)>,
    /// If the open batch consists of events that an earlier process sent as one batch: the sequence
    /// number of that batch's first event, and its retries.
    pub(super) open_batch_retries: Option<(u64, StoredRetries)>,
    /// The tasks that send batches.
    pub(super) tasks: JoinSet<DeliveryEnd>,
    pub(super) buffers: BufferPool,
    pub(super) in_flight: HashMap<Id, InFlight>,
    /// Batches that wait before they are retried.
    pub(super) waiting: Vec<WaitingBatch>,
    /// Whether a probe may be sent: the oldest waiting batch has failed since the last probe.
    pub(super) probe_allowed: bool,
    /// Whether a warning about a batch that is set aside has been logged.
    pub(super) aside_logged: bool,
    pub(super) waiters: Vec<Waiter>,
    pub(super) shutting_down: bool,
    #[cfg(feature = "metrics")]
    pub(super) metrics: crate::delivery::metrics::MetricsExporter,
}

impl Worker {
    pub(crate) fn new(
        queue: Arc<Queue>,
        sender: Arc<Sender>,
        encoder: Encoder,
        policy: BatchPolicy,
        spool: Option<DiskQueue>,
    ) -> Self {
        Self {
            recovered_end: spool.as_ref().map_or(0, DiskQueue::next_number),
            spool,
            spool_overflow_log: OverflowLog::new(
                Arc::clone(&sender.counters),
                DropReason::SpoolFull,
                "spool",
            ),
            counters: Arc::clone(&sender.counters),
            queue,
            sender,
            encoder,
            policy,
            chunk: Chunk::default(),
            open_batch: OpenBatch::default(),
            open_batch_first: 0,
            open_batch_due: Instant::now(),
            open_batch_records: Vec::new(),
            open_batch_retries: None,
            tasks: JoinSet::new(),
            buffers: BufferPool::default(),
            in_flight: HashMap::new(),
            waiting: Vec::new(),
            probe_allowed: false,
            aside_logged: false,
            waiters: Vec::new(),
            shutting_down: false,
            #[cfg(feature = "metrics")]
            metrics: crate::delivery::metrics::MetricsExporter::default(),
        }
    }

    /// Runs until a shutdown request has received its reply, or until no tracker is left.
    pub(crate) async fn run(mut self, mut requests: UnboundedReceiver<BarrierRequest>) {
        let queue = Arc::clone(&self.queue);
        queue.register_worker_thread();
        let mut disconnected = false;
        loop {
            queue.collect();
            self.retry_waiting();
            let more = match self.spool {
                None => self.fill(),
                Some(_) => self.fill_from_spool(),
            };
            queue.log_overflow_end();
            self.counters.warn_if_reentrant();
            self.seal_if_due();
            self.reply_to_waiters();
            #[cfg(feature = "metrics")]
            self.metrics.export(&self.counters);
            if (self.shutting_down || disconnected) && self.waiters.is_empty() {
                let counters = Arc::clone(&self.counters);
                return reply_to_late_requests(&counters, requests).await;
            }
            if more {
                // HTTP requests and barrier requests must make progress, too.
                while let Ok(request) = requests.try_recv() {
                    self.accept_request(request);
                }
                tokio::task::yield_now().await;
                self.collect_ended();
                continue;
            }
            let inbox = (!disconnected).then_some(&mut requests);
            match self.wait(&queue, inbox).await {
                Wakeup::Request(Some(request)) => self.accept_request(request),
                // No tracker is left. If the last tracker was dropped on this thread, its shutdown
                // request still needs a reply.
                Wakeup::Request(None) => disconnected = true,
                Wakeup::BatchEnded(ended) => self.batch_ended(ended),
                Wakeup::QueueHalfFull => {}
                Wakeup::Poll => queue.shrink_pool(),
            }
        }
    }

    /// Returns the sequence number of the first event that is not encoded yet.
    pub(super) fn first_unencoded(&self) -> u64 {
        if self.chunk.is_empty() {
            self.queue.first_number()
        } else {
            self.chunk.first()
        }
    }

    /// Returns the sequence number of the first event that is not in a batch yet.
    pub(super) fn first_unbatched(&self) -> u64 {
        match &self.spool {
            None => self.first_unencoded(),
            Some(spool) => spool.first_unsent(),
        }
    }

    /// Returns the time by which the worker must wake up.
    pub(super) fn next_poll(&self) -> Instant {
        let poll = after(
            self.policy
                .flush_interval
                .clamp(Duration::from_millis(1), POLL_INTERVAL),
        );
        let due = (!self.open_batch.is_empty() && self.has_room()).then_some(self.open_batch_due);
        self.waiters
            .iter()
            .filter_map(|waiter| waiter.request.deadline)
            .chain(due)
            .chain(self.next_retry_due(Instant::now()))
            .fold(poll, Instant::min)
    }
}
