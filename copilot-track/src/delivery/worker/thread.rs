//! The delivery thread: takes what is queued, makes JSON of it, cuts batches and sends them.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use crate::delivery::batch::OpenBatch;
use crate::delivery::encode::encoder::{Encoder, MAX_EVENT_BYTES};
use crate::delivery::queue::bounded::Queue;
use crate::delivery::queue::chunk::{CHUNK, Chunk};
use crate::delivery::queue::overflow::Losses;
use crate::delivery::sender::Sender;
use crate::delivery::spool::DiskQueue;
use crate::ledger::counters::Counters;
use crate::ledger::counts::{DropReason, Report};
use crate::util::timestamps::format_timestamp;

/// So many events become JSON before the requests that are under way get their turn.
pub(super) const STRETCH: usize = CHUNK;
/// The worker looks into the queue so often.
const BEAT: Duration = Duration::from_millis(100);

/// How batches are cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// A batch leaves so long after its first event, if it is not full before.
    pub(crate) flush_interval: Duration,
    /// A batch with so many events is full.
    pub(crate) flush_at: usize,
    /// So many requests are under way at a time.
    pub(crate) max_in_flight: usize,
}

/// What is to be done with all events so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Their fate is known.
    Settled,
    /// They are on disk, or their fate is known.
    OnDisk,
    /// Their fate is known, no more will come, and the worker ends.
    Shutdown,
}

/// What the tracker asks of its worker.
pub(crate) struct Request {
    pub(crate) goal: Goal,
    pub(crate) deadline: Option<Instant>,
    pub(crate) reply: Box<dyn FnOnce(Report) + Send>,
}

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

/// A batch on its way.
pub(super) struct InFlight {
    /// The number of its first event.
    pub(super) first: u64,
    /// How many of its events have no fate yet. They are its last ones.
    pub(super) remaining: Arc<AtomicU64>,
    /// Its events as the spool knows them.
    pub(super) kept: Vec<(u64, usize)>,
}

/// Someone who waits for all events that had come to the queue's backlog.
pub(super) struct Waiter {
    /// Their number there.
    pub(super) upto: u64,
    /// The number below which all must be settled; with a spool, known once they have come to it.
    pub(super) target: Option<u64>,
    pub(super) request: Request,
}

/// What the worker waits for.
enum Occasion {
    /// Someone wants something, or nobody is left who could.
    Request(Option<Request>),
    /// A request to the endpoint has ended.
    Ended(Result<(Id, ()), JoinError>),
    /// The queue fills.
    Filling,
    /// It is time to look.
    Look,
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

    /// Waits for the next of all that there is to wait for.
    async fn occasion(
        &mut self,
        queue: &Queue,
        mut requests: Option<&mut UnboundedReceiver<Request>>,
    ) -> Occasion {
        let mut filling = pin!(queue.filling.notified());
        let mut look = pin!(sleep_until(self.next_look()));
        poll_fn(|context| {
            if let Some(requests) = &mut requests
                && let Poll::Ready(request) = requests.poll_recv(context)
            {
                return Poll::Ready(Occasion::Request(request));
            }
            // Without a request under way it is ready at once, with none.
            let sending = self.sending.poll_join_next_with_id(context);
            if let Poll::Ready(Some(ended)) = sending {
                return Poll::Ready(Occasion::Ended(ended));
            }
            if filling.as_mut().poll(context).is_ready() {
                return Poll::Ready(Occasion::Filling);
            }
            look.as_mut().poll(context).map(|()| Occasion::Look)
        })
        .await
    }

    /// The number of the first event that is not yet JSON.
    pub(super) fn encoded(&self) -> u64 {
        if self.stretch.is_empty() {
            self.queue.first()
        } else {
            self.stretch.first()
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.open.is_full(MAX_EVENT_BYTES, self.pace.flush_at)
    }

    /// Whether another batch may leave. What an earlier process left goes one batch at a time, and
    /// so in order.
    pub(super) fn has_room(&self) -> bool {
        if self.leftovers > 0 && self.settled() < self.leftovers {
            return self.in_flight.is_empty();
        }
        self.in_flight.len() < self.pace.max_in_flight
    }

    /// Makes JSON of a stretch of the backlog. Says whether there is more that can be done now.
    pub(super) fn fill(&mut self) -> bool {
        // What cannot go on yet stays where it can make room for newer events.
        if self.stretch.is_empty() && (self.has_room() || !self.is_full()) {
            self.queue.pull(&mut self.stretch);
        }
        let (mut events, mut bytes) = (0, 0);
        let more = loop {
            if self.is_full() {
                if !self.has_room() {
                    break false;
                }
                self.seal();
            }
            let number = self.stretch.first();
            let Some(queued) = self.stretch.pop() else {
                break self.queue.has_backlog();
            };
            let encoder = &mut self.encoder;
            let (about, envelope) = (self.stretch.about(&queued), &queued.envelope);
            match self.open.add(|body| encoder.encode(about, envelope, body)) {
                Ok(made) => {
                    if made.cut {
                        self.counters.truncated();
                    }
                    if self.open.len() == 1 {
                        self.open_first = number;
                        self.open_due = after(self.pace.flush_interval);
                    }
                }
                Err(refusal) => self.counters.lost(refusal.reason, 1, &refusal.why),
            }
            events += 1;
            bytes += queued.size;
        };
        self.queue.release(events, bytes);
        more
    }

    /// The number of the first event that is in no batch yet.
    fn handed_out(&self) -> u64 {
        match &self.spool {
            None => self.encoded(),
            Some(spool) => spool.first_unsent(),
        }
    }

    pub(super) fn seal_if_due(&mut self) {
        if self.open.is_empty() || !self.has_room() {
            return;
        }
        // Whoever waits for the open batch waits for the backlog before it first.
        let handed_out = self.handed_out();
        let wanted = self.waiters.iter().any(|waiter| {
            waiter.request.goal != Goal::OnDisk
                && waiter
                    .target
                    .is_some_and(|target| target > self.open_first && target <= handed_out)
        });
        if wanted || self.open_due <= Instant::now() || self.is_full() {
            self.seal();
        }
    }

    /// Sends the open batch on its way.
    pub(super) fn seal(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let next = OpenBatch::in_place_of(self.sender.spares.take());
        let open = std::mem::replace(&mut self.open, next);
        let batch = open.seal(&format_timestamp(SystemTime::now()));
        let remaining = Arc::new(AtomicU64::new(batch.len() as u64));
        let sender = Arc::clone(&self.sender);
        let left = Arc::clone(&remaining);
        let task = self
            .sending
            .spawn(async move { sender.deliver(batch, &left).await });
        self.in_flight.insert(
            task.id(),
            InFlight {
                first: self.open_first,
                remaining,
                kept: std::mem::take(&mut self.open_kept),
            },
        );
    }

    fn reap(&mut self) {
        while let Some(ended) = self.sending.try_join_next_with_id() {
            self.ended(&ended);
        }
    }

    pub(super) fn ended(&mut self, ended: &Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        if let Some(batch) = self.in_flight.remove(&id) {
            let remaining = batch.remaining.load(Ordering::Relaxed);
            self.forget(&batch.kept);
            if remaining > 0 {
                // Only a transport of the application's can do that.
                self.counters.lost(
                    DropReason::Rejected(0),
                    remaining,
                    "the transport panicked while it sent them",
                );
            }
        }
    }

    fn accept(&mut self, request: Request) {
        if request.goal == Goal::Shutdown {
            self.closing = true;
            self.queue.close();
            self.sender.pauses.close();
        }
        if request.goal != Goal::OnDisk {
            self.sender.pauses.hurry.notify_waiters();
        }
        let upto = self.queue.take();
        self.waiters.push(Waiter {
            upto,
            target: self.spool.is_none().then_some(upto),
            request,
        });
    }

    /// The number below which every event's fate is known.
    pub(super) fn settled(&self) -> u64 {
        let open = (!self.open.is_empty()).then_some(self.open_first);
        self.in_flight
            .values()
            .map(|batch| batch.first)
            .chain(open)
            .fold(self.handed_out(), u64::min)
    }

    fn is_reached(&self, waiter: &Waiter, settled: u64) -> bool {
        let reached = match (&self.spool, waiter.request.goal) {
            (Some(spool), Goal::OnDisk) => spool.committed().max(settled),
            _ => settled,
        };
        waiter.target.is_some_and(|target| target <= reached)
    }

    /// Answers those whose events are settled or whose time is up.
    pub(super) fn answer(&mut self) {
        if self.waiters.is_empty() {
            return;
        }
        let settled = self.settled();
        let now = Instant::now();
        let due = |waiter: &Waiter| {
            let deadline = waiter.request.deadline;
            deadline.is_some_and(|deadline| deadline <= now)
        };
        let waiters = std::mem::take(&mut self.waiters);
        let (mut answered, waiting): (Vec<_>, Vec<_>) = waiters
            .into_iter()
            .map(|waiter| (self.is_reached(&waiter, settled), waiter))
            .partition(|(reached, waiter)| *reached || due(waiter));
        let patient = |(_, waiter): &(bool, Waiter)| waiter.request.goal == Goal::Shutdown;
        if self.closing && !waiting.iter().any(patient) {
            // The report of a shutdown is the last word: what is left is lost, or stays on disk. A
            // flush with more patience does not keep the tracker alive.
            self.abandon();
            answered.extend(waiting);
        } else {
            self.waiters = waiting.into_iter().map(|(_, waiter)| waiter).collect();
        }
        for (complete, waiter) in answered {
            (waiter.request.reply)(Report::new(self.counters.read(), complete));
        }
    }

    fn next_look(&self) -> Instant {
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

    /// Gives up all that is left: what is on disk stays there, the rest is counted.
    pub(super) fn abandon(&mut self) {
        self.queue.close();
        self.queue.take();
        if self.spool.is_some() {
            self.leave_on_disk();
            return;
        }
        let mut events = (self.stretch.len() + self.open.len()) as u64;
        while self.queue.pull(&mut self.stretch) {
            events += self.stretch.len() as u64;
        }
        self.open = OpenBatch::default();
        self.sending.abort_all();
        for (_, batch) in self.in_flight.drain() {
            events += batch.remaining.load(Ordering::Relaxed);
        }
        if events > 0 {
            self.counters.lost(
                DropReason::Shutdown,
                events,
                "they were still pending when the tracker was shut down",
            );
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Whatever ended the worker, no event is left without a fate.
        self.abandon();
        #[cfg(feature = "metrics")]
        self.metrics.tell(&self.counters);
        self.counters.read().tell("the tracker has ended");
    }
}

/// The moment after `delay`; an absurd delay is a day.
pub(super) fn after(delay: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(delay)
        .unwrap_or_else(|| now + Duration::from_secs(86_400))
}
