//! The tracker's handle to the delivery thread.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc as std_mpsc;
use std::task::{Poll, ready};
use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::delivery::encode::encoder::Encoder;
use crate::delivery::envelope::{Envelope, EventContextRef};
use crate::delivery::queue::limits::QueueLimits;
use crate::delivery::queue::queue::Queue;
use crate::delivery::sender::Sender;
use crate::delivery::spool::DiskQueue;
use crate::delivery::worker::barrier_request::{Barrier, BarrierRequest};
use crate::delivery::worker::batch_policy::BatchPolicy;
use crate::delivery::worker::thread::Worker;
use crate::ledger::counters::Counters;
use crate::ledger::drop_reason::DropReason;
use crate::ledger::report::Report;
use crate::util::process::ProcessId;
use crate::util::reentrancy::{self, DeliveryId};

/// A handle to the queue and the delivery thread.
#[derive(Debug)]
pub(crate) struct DeliveryHandle {
    pub(super) queue: Arc<Queue>,
    pub(super) counters: Arc<Counters>,
    pub(super) requests: mpsc::UnboundedSender<BarrierRequest>,
    pub(super) id: DeliveryId,
    pub(super) process: ProcessId,
    pub(super) spooled: bool,
}

/// How long a blocking wait continues after its deadline, in case the worker replies late.
const GRACE: Duration = Duration::from_millis(250);
/// Like [`GRACE`], but for a shutdown with a spool, which writes the remaining events to disk. The
/// limit ensures that the process can end even if the disk hangs.
const DISK_GRACE: Duration = Duration::from_secs(10);

impl DeliveryHandle {
    /// Starts the delivery thread, which has its own runtime.
    pub(crate) fn start(
        limits: QueueLimits,
        policy: BatchPolicy,
        encoder: Encoder,
        sender: Sender,
        spool: Option<DiskQueue>,
    ) -> io::Result<Self> {
        let process = ProcessId::current();
        let id = DeliveryId::new();
        let spooled = spool.is_some();
        let queue = Arc::new(Queue::new(limits, Arc::clone(&sender.counters)));
        let counters = Arc::clone(&sender.counters);
        let (requests, inbox) = mpsc::unbounded_channel();
        let (started, ready) = std_mpsc::sync_channel(1);
        let worker_queue = Arc::clone(&queue);
        thread::Builder::new()
            .name("copilot-track".to_owned())
            .spawn(move || {
                id.mark_current_thread();
                // The runtime is created on this thread because it must not be dropped in async
                // code.
                match tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    // Threads for blocking calls: DNS lookups, and the writer of JSON lines.
                    .thread_name("copilot-track")
                    .on_thread_start(move || id.mark_current_thread())
                    .build()
                {
                    Ok(runtime) => {
                        let _ = started.send(Ok(()));
                        runtime.block_on(async {
                            Worker::new(worker_queue, Arc::new(sender), encoder, policy, spool)
                                .run(inbox)
                                .await;
                        });
                        // Pending DNS lookups must not delay the end of the thread.
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
            id,
            process,
            spooled,
        })
    }

    /// Queues an event. Waits only for other threads that push to the same shard and, if the
    /// overflow policy requires it, for room. An event that is tracked from inside the library is
    /// dropped.
    #[inline]
    pub(crate) fn push(&self, shard: usize, context: EventContextRef<'_>, envelope: Envelope) {
        if reentrancy::is_inside() {
            self.drop_reentrant(envelope);
        } else if !self.queue.push(shard, context, envelope) {
            self.count_after_shutdown();
        }
    }

    #[cold]
    fn drop_reentrant(&self, envelope: Envelope) {
        drop(envelope);
        self.counters.count_reentrant();
    }

    #[cold]
    fn count_after_shutdown(&self) {
        let cause = "the tracker was already shut down";
        self.counters.log_dropped(DropReason::Shutdown, 1, cause);
    }

    /// Returns whether the current thread is the delivery thread of this tracker.
    pub(crate) fn is_delivery_thread(&self) -> bool {
        self.id.is_current_thread()
    }

    /// Returns whether this process is a fork of the process that started the delivery thread.
    pub(crate) fn is_fork(&self) -> bool {
        self.process.is_fork()
    }

    /// Creates a report in a forked process, which has no delivery thread.
    fn report_without_worker(&self, barrier: Barrier) -> Report {
        let pending = self.counters.read().pending;
        if barrier == Barrier::Shutdown && pending > 0 {
            let cause = "this process is a fork and has no delivery thread: build a new tracker";
            self.counters
                .log_dropped(DropReason::Shutdown, pending, cause);
        }
        Report::new(self.counters.read(), pending == 0)
    }

    /// Waits until all events queued so far have reached the barrier, or until the timeout has
    /// passed.
    pub(crate) async fn wait(&self, barrier: Barrier, timeout: Duration) -> Report {
        if self.is_fork() {
            return self.report_without_worker(barrier);
        }
        if self.is_delivery_thread() {
            return self.report_on_delivery_thread(barrier, timeout);
        }
        let (reply, mut report) = oneshot::channel();
        self.request(barrier, timeout, move |report| {
            let _ = reply.send(report);
        });
        poll_fn(|context| {
            if self.is_delivery_thread() {
                // The future was moved to the delivery thread, which cannot wait for itself.
                return Poll::Ready(Report::from_delivery_thread(self.counters.read()));
            }
            let report = ready!(Pin::new(&mut report).poll(context));
            Poll::Ready(report.unwrap_or_else(|_| Report::new(self.counters.read(), true)))
        })
        .await
    }

    /// Does the same as [`wait`](Self::wait), but blocks the calling thread.
    pub(crate) fn wait_blocking(&self, barrier: Barrier, timeout: Duration) -> Report {
        if self.is_fork() {
            return self.report_without_worker(barrier);
        }
        if self.is_delivery_thread() {
            return self.report_on_delivery_thread(barrier, timeout);
        }
        let (reply, report) = std_mpsc::sync_channel(1);
        self.request(barrier, timeout, move |report| {
            let _ = reply.send(report);
        });
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

    /// Creates a report for a call on the delivery thread, which cannot wait for itself. If the
    /// barrier is a shutdown, also requests the shutdown, which begins after the calling code has
    /// returned control to the thread.
    fn report_on_delivery_thread(&self, barrier: Barrier, timeout: Duration) -> Report {
        if barrier == Barrier::Shutdown {
            self.request(barrier, timeout, |_| {});
        }
        Report::from_delivery_thread(self.counters.read())
    }

    /// Sends a request to the worker. If the worker has ended, `reply` is dropped without being
    /// called.
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
