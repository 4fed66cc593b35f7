//! From the queue to the endpoint. Knows nothing of conversations, scopes or macros.

mod batch;
mod complete;
mod dead_letters;
mod encode;
#[cfg(any(fuzzing, all(test, not(shuttle))))]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a panic is what a fuzzer looks for"
)]
pub(crate) mod fuzzing;
mod gzip;
mod hook;
mod http;
mod lines;
mod message;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(all(test, shuttle))]
mod model;
#[cfg(all(test, not(shuttle)))]
mod outage;
mod overflow;
mod process;
mod queue;
mod refusal;
mod rendered;
mod retry;
mod sender;
#[cfg(feature = "spool")]
mod spool;
#[cfg(not(feature = "spool"))]
#[path = "no_spool.rs"]
mod spool;
mod timestamps;
mod transport;
mod truncate;
mod worker;

use std::io;
use std::sync::Arc;
use std::sync::mpsc as std_mpsc;
use std::thread::{self, ThreadId};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

pub(crate) use self::batch::MAX_BATCH_EVENTS;
pub(crate) use self::dead_letters::{Aside, DeadLetters, Letter, Letters, Line};
pub(crate) use self::encode::Encoder;
pub(crate) use self::hook::BeforeSend;
pub use self::http::HttpTransport;
pub(crate) use self::http::REQUEST_TIMEOUT;
pub(crate) use self::lines::LineWriter;
pub(crate) use self::message::parse as parse_message;
pub use self::overflow::Overflow;
use self::process::Process;
use self::queue::Queue;
pub(crate) use self::queue::{Bounds, SHARDS};
pub(crate) use self::sender::{Outage, Patience, Pauses, Sender, Spares};
pub(crate) use self::spool::Spool;
#[cfg(feature = "spool")]
pub(crate) use self::spool::{Limit, OpenError};
pub(crate) use self::transport::{Memory, Transport};
pub(crate) use self::worker::Goal;
pub(crate) use self::worker::Pace;
use self::worker::{Request, Worker};
use crate::envelope::{AboutRef, Envelope};
use crate::ledger::{Counters, DropReason, Report};

/// The application's end of delivery.
#[derive(Debug)]
pub(crate) struct Delivery {
    queue: Arc<Queue>,
    counters: Arc<Counters>,
    requests: mpsc::UnboundedSender<Request>,
    thread: ThreadId,
    process: Process,
    spooled: bool,
}

const GRACE: Duration = Duration::from_millis(250);
/// A disk that hangs must not keep a process from ending.
const DISK_GRACE: Duration = Duration::from_secs(10);

impl Delivery {
    /// Starts the delivery thread, with a runtime of its own.
    pub(crate) fn start(
        bounds: Bounds,
        pace: Pace,
        encoder: Encoder,
        sender: Sender,
        spool: Option<Spool>,
    ) -> io::Result<Self> {
        let process = Process::this();
        let spooled = spool.is_some();
        let queue = Arc::new(Queue::new(bounds, Arc::clone(&sender.counters)));
        let counters = Arc::clone(&sender.counters);
        let (requests, inbox) = mpsc::unbounded_channel();
        let (started, ready) = std_mpsc::sync_channel(1);
        let worker_queue = Arc::clone(&queue);
        let thread = thread::Builder::new()
            .name("copilot-track".to_owned())
            .spawn(move || {
                // Made here: a runtime must not be dropped where the application may not block.
                match tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                {
                    Ok(runtime) => {
                        let _ = started.send(Ok(()));
                        runtime.block_on(async {
                            Worker::new(worker_queue, Arc::new(sender), encoder, pace, spool)
                                .run(inbox)
                                .await;
                        });
                        // Name look-ups under way must not hold up the end of the thread.
                        runtime.shutdown_background();
                    }
                    Err(error) => {
                        let _ = started.send(Err(error));
                    }
                }
            })?;
        ready
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the delivery thread did not start")))?;
        Ok(Self {
            queue,
            counters,
            requests,
            thread: thread.thread().id(),
            process,
            spooled,
        })
    }

    /// Queues an envelope. Never waits for anything but other threads' pushes.
    pub(crate) fn push(&self, shard: usize, about: AboutRef<'_>, envelope: Envelope) {
        if !self.queue.push(shard, about, envelope) {
            let why = "the tracker was shut down before";
            self.counters.lost(DropReason::Shutdown, 1, why);
        }
    }

    /// Whether this is a process that was forked from the one that has the delivery thread.
    pub(crate) fn is_left_behind(&self) -> bool {
        self.process.is_another()
    }

    /// What there is to say where no delivery thread is: nothing will be delivered.
    fn give_up(&self, goal: Goal) -> Report {
        let pending = self.counters.read().pending;
        if goal == Goal::Shutdown && pending > 0 {
            let why =
                "this process was forked from the one that delivers: build a tracker of its own";
            self.counters.lost(DropReason::Shutdown, pending, why);
        }
        Report::new(self.counters.read(), pending == 0)
    }

    /// Waits until every event so far has come to what is asked, or for `timeout`.
    pub(crate) async fn finish(&self, goal: Goal, timeout: Duration) -> Report {
        if self.is_left_behind() {
            return self.give_up(goal);
        }
        let (reply, report) = oneshot::channel();
        self.request(goal, timeout, move |report| {
            let _ = reply.send(report);
        });
        report
            .await
            .unwrap_or_else(|_| Report::new(self.counters.read(), true))
    }

    /// [`finish`](Self::finish), without a runtime.
    pub(crate) fn finish_blocking(&self, goal: Goal, timeout: Duration) -> Report {
        if self.is_left_behind() {
            return self.give_up(goal);
        }
        if thread::current().id() == self.thread {
            // A hook or a transport asks: the worker cannot wait for itself.
            if goal == Goal::Shutdown {
                self.request(goal, timeout, |_| {});
            }
            return Report::new(self.counters.read(), false);
        }
        let (reply, report) = std_mpsc::sync_channel(1);
        self.request(goal, timeout, move |report| {
            let _ = reply.send(report);
        });
        // The worker keeps the deadline; the grace is for a machine that is slow to wake it, or for
        // a disk that takes what a shutdown leaves: a process that ended earlier would lose it.
        let grace = if goal == Goal::Shutdown && self.spooled {
            DISK_GRACE
        } else {
            GRACE
        };
        match report.recv_timeout(timeout.saturating_add(grace)) {
            Ok(report) => report,
            Err(std_mpsc::RecvTimeoutError::Timeout) => Report::new(self.counters.read(), false),
            Err(std_mpsc::RecvTimeoutError::Disconnected) => {
                Report::new(self.counters.read(), true)
            }
        }
    }

    /// Asks the worker. If it has ended, `reply` is dropped: nothing is left to wait for.
    fn request(&self, goal: Goal, timeout: Duration, reply: impl FnOnce(Report) + Send + 'static) {
        let _ = self.requests.send(Request {
            goal,
            deadline: Instant::now().checked_add(timeout),
            reply: Box::new(reply),
        });
    }
}
