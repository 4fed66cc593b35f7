//! The delivery thread: takes what is queued, makes JSON of it, cuts batches and sends them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use crate::delivery::batch::OpenBatch;
use crate::delivery::encode::encoder::Encoder;
use crate::delivery::overflow_log::Losses;
use crate::delivery::queue::bounded::Queue;
use crate::delivery::queue::chunk::{CHUNK, Chunk};
use crate::delivery::sender::Sender;
use crate::delivery::spool::DiskQueue;
use crate::delivery::worker::barrier::{Request, Waiter};
use crate::delivery::worker::batch_policy::Pace;
use crate::delivery::worker::deadline::after;
use crate::delivery::worker::in_flight::InFlight;
use crate::delivery::worker::wakeup::Occasion;
use crate::ledger::counters::Counters;
use crate::ledger::drop_reason::DropReason;

/// So many events become JSON before the requests that are under way get their turn.
pub(super) const STRETCH: usize = CHUNK;
/// The worker looks into the queue so often.
const BEAT: Duration = Duration::from_millis(100);

/// The state of the delivery thread.
pub(crate) struct Worker {
    pub(super) queue: Arc<Queue>,
    pub(super) counters: Arc<Counters>,
    pub(super) sender: Arc<Sender>,
    pub(super) encoder: Encoder,
    pub(super) pace: Pace,
    pub(super) spool: Option<DiskQueue>,
    pub(super) spool_losses: Losses,
    /// Below this number are the events that an earlier process left.
    pub(super) leftovers: u64,
    /// The next events to become JSON.
    pub(super) stretch: Chunk,
    pub(super) open: OpenBatch,
    /// The number of the open batch's first event, and when it must leave.
    ///
    /// Events are numbered as they come from the queue or, with a spool, as they come to that.
    pub(super) open_first: u64,
    pub(super) open_due: Instant,
    /// The open batch's events as the spool knows them: number and size.
    pub(super) open_kept: Vec<(u64, usize)>,
    pub(super) sending: JoinSet<()>,
    pub(super) in_flight: HashMap<Id, InFlight>,
    pub(super) waiters: Vec<Waiter>,
    pub(super) closing: bool,
    #[cfg(feature = "metrics")]
    pub(super) metrics: crate::delivery::metrics::Metrics,
}

impl Worker {
    pub(crate) fn new(
        queue: Arc<Queue>,
        sender: Arc<Sender>,
        encoder: Encoder,
        pace: Pace,
        spool: Option<DiskQueue>,
    ) -> Self {
        Self {
            leftovers: spool.as_ref().map_or(0, DiskQueue::next_number),
            spool,
            spool_losses: Losses::new(Arc::clone(&sender.counters), DropReason::SpoolFull, "spool"),
            counters: Arc::clone(&sender.counters),
            queue,
            sender,
            encoder,
            pace,
            stretch: Chunk::default(),
            open: OpenBatch::default(),
            open_first: 0,
            open_due: Instant::now(),
            open_kept: Vec::new(),
            sending: JoinSet::new(),
            in_flight: HashMap::new(),
            waiters: Vec::new(),
            closing: false,
            #[cfg(feature = "metrics")]
            metrics: crate::delivery::metrics::Metrics::default(),
        }
    }

    /// Runs until a shutdown is answered.
    pub(crate) async fn run(mut self, mut requests: UnboundedReceiver<Request>) {
        let queue = Arc::clone(&self.queue);
        queue.serve();
        let mut orphaned = false;
        loop {
            queue.take();
            let unready = queue.make_spares();
            let unfilled = match self.spool {
                None => self.fill(),
                Some(_) => self.fill_through_spool(),
            };
            let more = unready || unfilled;
            queue.look_at_losses();
            self.seal_if_due();
            self.answer();
            #[cfg(feature = "metrics")]
            self.metrics.tell(&self.counters);
            if (self.closing || orphaned) && self.waiters.is_empty() {
                return;
            }
            if more {
                // Requests under way make progress, and so does whoever wants something.
                while let Ok(request) = requests.try_recv() {
                    self.accept(request);
                }
                tokio::task::yield_now().await;
                self.reap();
                continue;
            }
            let inbox = (!orphaned).then_some(&mut requests);
            match self.occasion(&queue, inbox).await {
                Occasion::Request(Some(request)) => self.accept(request),
                // No tracker is left. If the last one went on this very thread, its good-bye is
                // still to be answered.
                Occasion::Request(None) => orphaned = true,
                Occasion::Ended(ended) => self.ended(&ended),
                Occasion::Filling => {}
                Occasion::Look => queue.tidy(),
            }
        }
    }

    /// The number of the first event that is not yet JSON.
    pub(super) fn encoded(&self) -> u64 {
        if self.stretch.is_empty() {
            self.queue.first()
        } else {
            self.stretch.first()
        }
    }

    /// The number of the first event that is in no batch yet.
    pub(super) fn handed_out(&self) -> u64 {
        match &self.spool {
            None => self.encoded(),
            Some(spool) => spool.first_unsent(),
        }
    }

    pub(super) fn next_look(&self) -> Instant {
        let beat = after(
            self.pace
                .flush_interval
                .clamp(Duration::from_millis(1), BEAT),
        );
        let due = (!self.open.is_empty() && self.has_room()).then_some(self.open_due);
        self.waiters
            .iter()
            .filter_map(|waiter| waiter.request.deadline)
            .chain(due)
            .fold(beat, Instant::min)
    }
}
