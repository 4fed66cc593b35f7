//! From the queue to the endpoint. Knows nothing of conversations, scopes or macros.

use std::io;
use std::sync::Arc;
use std::sync::mpsc as std_mpsc;
use std::thread::{self, ThreadId};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::delivery::encode::encoder::Encoder;
use crate::delivery::envelope::{Envelope, EventContextRef};
use crate::delivery::queue::bounded::Queue;
use crate::delivery::queue::limits::QueueLimits;
use crate::delivery::sender::Sender;
use crate::delivery::spool::DiskQueue;
use crate::delivery::worker::barrier::{Barrier, BarrierRequest};
use crate::delivery::worker::batch_policy::BatchPolicy;
use crate::delivery::worker::thread::Worker;
use crate::ledger::counters::Counters;
use crate::ledger::drop_reason::DropReason;
use crate::ledger::report::Report;
use crate::util::process::ProcessId;

/// The application's end of delivery.
#[derive(Debug)]
pub(crate) struct DeliveryHandle {
    pub(super) queue: Arc<Queue>,
    pub(super) counters: Arc<Counters>,
    pub(super) requests: mpsc::UnboundedSender<BarrierRequest>,
    pub(super) thread: ThreadId,
    pub(super) process: ProcessId,
    pub(super) spooled: bool,
}

const GRACE: Duration = Duration::from_millis(250);
/// A disk that hangs must not keep a process from ending.
const DISK_GRACE: Duration = Duration::from_secs(10);

impl DeliveryHandle {
    /// Starts the delivery thread, with a runtime of its own.
    pub(crate) fn start(
        limits: QueueLimits,
        policy: BatchPolicy,
        encoder: Encoder,
        sender: Sender,
        spool: Option<DiskQueue>,
    ) -> io::Result<Self> {
        let process = ProcessId::current();
        let spooled = spool.is_some();
        let queue = Arc::new(Queue::new(limits, Arc::clone(&sender.counters)));
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
                            Worker::new(worker_queue, Arc::new(sender), encoder, policy, spool)
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
    pub(crate) fn push(&self, shard: usize, context: EventContextRef<'_>, envelope: Envelope) {
        if !self.queue.push(shard, context, envelope) {
            let why = "the tracker was shut down before";
            self.counters.log_dropped(DropReason::Shutdown, 1, why);
        }
    }

    /// Whether this is a process that was forked from the one that has the delivery thread.
    pub(crate) fn is_fork(&self) -> bool {
        self.process.is_fork()
    }

    /// What there is to say where no delivery thread is: nothing will be delivered.
    fn report_without_worker(&self, barrier: Barrier) -> Report {
        let pending = self.counters.read().pending;
        if barrier == Barrier::Shutdown && pending > 0 {
            let why =
                "this process was forked from the one that delivers: build a tracker of its own";
            self.counters
                .log_dropped(DropReason::Shutdown, pending, why);
        }
        Report::new(self.counters.read(), pending == 0)
    }

    /// Waits until every event so far has come to what is asked, or for `timeout`.
    pub(crate) async fn wait(&self, barrier: Barrier, timeout: Duration) -> Report {
        if self.is_fork() {
            return self.report_without_worker(barrier);
        }
        let (reply, report) = oneshot::channel();
        self.request(barrier, timeout, move |report| {
            let _ = reply.send(report);
        });
        report
            .await
            .unwrap_or_else(|_| Report::new(self.counters.read(), true))
    }

    /// [`wait`](Self::wait), without a runtime.
    pub(crate) fn wait_blocking(&self, barrier: Barrier, timeout: Duration) -> Report {
        if self.is_fork() {
            return self.report_without_worker(barrier);
        }
        if thread::current().id() == self.thread {
            // A hook or a transport asks: the worker cannot wait for itself.
            if barrier == Barrier::Shutdown {
                self.request(barrier, timeout, |_| {});
            }
            return Report::new(self.counters.read(), false);
        }
        let (reply, report) = std_mpsc::sync_channel(1);
        self.request(barrier, timeout, move |report| {
            let _ = reply.send(report);
        });
        // The worker keeps the deadline; the grace is for a machine that is slow to wake it, or for
        // a disk that takes what a shutdown leaves: a process that ended earlier would lose it.
        let grace = if barrier == Barrier::Shutdown && self.spooled {
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
    fn request(
        &self,
        barrier: Barrier,
        timeout: Duration,
        reply: impl FnOnce(Report) + Send + 'static,
    ) {
        let _ = self.requests.send(BarrierRequest {
            barrier,
            deadline: Instant::now().checked_add(timeout),
            reply: Box::new(reply),
        });
    }
}
