//! The tracker's handle to the delivery thread.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc as std_mpsc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use crate::delivery::deadline_timer::{Alarm, DeadlineTimer};
use crate::delivery::encode::encoder::Encoder;
use crate::delivery::envelope::{Envelope, EventContextRef};
use crate::delivery::queue::limits::QueueLimits;
use crate::delivery::queue::queue::Queue;
use crate::delivery::sender::Sender;
use crate::delivery::spool::DiskQueue;
use crate::delivery::worker::barrier_request::{Barrier, BarrierRequest, Reply};
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
    pub(super) timer: DeadlineTimer,
    /// Whether a shutdown returned without a reply from the worker.
    pub(super) shutdown_expired: AtomicBool,
}

/// How long a wait continues after its deadline for the worker's reply. At its deadline, the worker
/// gives up on the remaining events, and its report contains their outcomes. If the worker is
/// blocked, the wait ends without a reply. The rest of the promised 250 ms is for the time that a
/// busy machine takes to wake the caller.
const GRACE: Duration = Duration::from_millis(200);
/// The longest time before its deadline at which a shutdown starts to write events to the spool.
const MAX_PERSIST_TIME: Duration = Duration::from_secs(2);

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
            timer: DeadlineTimer::default(),
            shutdown_expired: AtomicBool::new(false),
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

    /// Queues an event outside a conversation. Waits for room for at most `timeout`.
    pub(crate) fn push_within(&self, timeout: Duration, envelope: Envelope) {
        if reentrancy::is_inside() {
            self.drop_reentrant(envelope);
        } else if !self.queue.push_within(timeout, envelope) {
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
        if barrier == Barrier::Shutdown {
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
        let expiry = self.request(barrier, timeout, Reply::Task(reply));
        let mut alarm = expiry.map(|expiry| self.timer.alarm(expiry));
        poll_fn(|context| {
            if self.is_delivery_thread() {
                // The future was moved to the delivery thread, which cannot wait for itself.
                return Poll::Ready(Report::from_delivery_thread(self.counters.read()));
            }
            if let Poll::Ready(report) = Pin::new(&mut report).poll(context) {
                return Poll::Ready(report.unwrap_or_else(|_| self.report_after_worker()));
            }
            match &mut alarm {
                Some(alarm) => alarm.poll(context).map(|()| self.expired_report(barrier)),
                None => Poll::Pending,
            }
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
        let expiry = self.request(barrier, timeout, Reply::Thread(reply));
        let left = expiry.map_or(Duration::MAX, |expiry| {
            expiry.saturating_duration_since(Instant::now())
        });
        match report.recv_timeout(left) {
            Ok(report) => report,
            Err(std_mpsc::RecvTimeoutError::Timeout) => self.expired_report(barrier),
            Err(std_mpsc::RecvTimeoutError::Disconnected) => self.report_after_worker(),
        }
    }

    /// Requests a shutdown without waiting for it.
    pub(crate) fn request_shutdown(&self, timeout: Duration) {
        if !self.is_fork() {
            self.request(Barrier::Shutdown, timeout, Reply::Nobody);
        }
    }

    /// Creates an alarm for a caller that waits until `deadline`.
    pub(crate) fn alarm(&self, deadline: Instant) -> Alarm {
        self.timer.alarm(deadline)
    }

    /// Shuts the worker down when the last handle is dropped.
    pub(crate) fn shut_down_for_drop(&self, timeout: Duration) {
        if self.shutdown_expired.load(Ordering::Relaxed) && !self.spooled {
            // The worker is blocked, and it drops the remaining events as soon as it continues.
            return;
        }
        let _ = self.wait_blocking(Barrier::Shutdown, timeout);
    }

    /// Creates the report of a wait that the worker, which has ended, did not reply to.
    fn report_after_worker(&self) -> Report {
        Report::new(self.counters.read(), true)
    }

    /// Creates the report of a wait that ends without a reply, because the worker is blocked.
    fn expired_report(&self, barrier: Barrier) -> Report {
        if barrier == Barrier::Shutdown {
            self.shutdown_expired.store(true, Ordering::Relaxed);
            // The worker would close the queue only when it continues.
            self.queue.close();
        }
        Report::new(self.counters.read(), false)
    }

    /// Creates a report for a call on the delivery thread, which cannot wait for itself. If the
    /// barrier is a shutdown, also requests the shutdown, which begins after the calling code has
    /// returned control to the thread.
    fn report_on_delivery_thread(&self, barrier: Barrier, timeout: Duration) -> Report {
        if barrier == Barrier::Shutdown {
            self.request(barrier, timeout, Reply::Nobody);
        }
        Report::from_delivery_thread(self.counters.read())
    }

    /// Sends a request to the worker. Returns the time at which the caller stops waiting for the
    /// reply, or `None` if there is no deadline. If the worker has ended, `reply` is dropped.
    fn request(&self, barrier: Barrier, timeout: Duration, reply: Reply) -> Option<Instant> {
        // The worker uses tokio's clock, which tests can control.
        let deadline = tokio::time::Instant::now().checked_add(timeout);
        let persist_time = (timeout / 2).min(MAX_PERSIST_TIME);
        let persist_at = deadline
            .filter(|_| barrier == Barrier::Shutdown)
            .and_then(|deadline| deadline.checked_sub(persist_time));
        let _ = self.requests.send(BarrierRequest {
            barrier,
            deadline,
            persist_at,
            reply,
        });
        Instant::now().checked_add(timeout.checked_add(GRACE)?)
    }
}
