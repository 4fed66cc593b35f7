//! Replies to barrier requests.

use tokio::time::Instant;

use crate::delivery::spool::DiskQueue;
use crate::delivery::worker::barrier_request::{Barrier, BarrierRequest, Waiter};
use crate::delivery::worker::thread::Worker;
use crate::ledger::report::Report;
use crate::util::panics;

impl Worker {
    /// Adds a waiter for the request's barrier.
    pub(super) fn accept_request(&mut self, request: BarrierRequest) {
        // The request must also end the waits of batches that have just failed.
        self.collect_ended();
        if request.barrier == Barrier::Shutdown {
            self.shutting_down = true;
            self.queue.close();
            self.sender.rate_limit.open_for_shutdown();
        }
        if !request.barrier.is_disk() {
            self.end_waits(request.barrier == Barrier::Shutdown);
        }
        let end = self.queue.collect();
        self.waiters.push(Waiter {
            end,
            target: self.spool.is_none().then_some(end),
            request,
        });
    }

    /// Returns a sequence number. All events with lower numbers are settled.
    pub(super) fn first_unsettled(&self) -> u64 {
        let open = (!self.open_batch.is_empty()).then_some(self.open_batch_first);
        let waiting = self.waiting.iter().map(|waiting| &waiting.batch);
        self.in_flight
            .values()
            .chain(waiting)
            .map(|batch| batch.first)
            .chain(open)
            .fold(self.first_unbatched(), u64::min)
    }

    fn is_reached(&self, waiter: &Waiter, settled: u64) -> bool {
        let reached = match (&self.spool, waiter.request.barrier) {
            (Some(spool), barrier) if barrier.is_disk() => spool.committed().max(settled),
            _ => settled,
        };
        waiter.target.is_some_and(|target| target <= reached)
    }

    /// Removes the requests whose futures were dropped.
    fn remove_abandoned(&mut self) {
        if !self.waiters.iter().any(Waiter::is_abandoned) {
            return;
        }
        let waiters = std::mem::take(&mut self.waiters);
        let (abandoned, waiting): (Vec<_>, Vec<_>) =
            waiters.into_iter().partition(Waiter::is_abandoned);
        self.waiters = waiting;
        for waiter in abandoned {
            // The waker of the task is dropped here.
            panics::drop_caught(waiter);
        }
    }

    /// Replies to the requests whose barrier has been reached or whose deadline has passed.
    pub(super) fn reply_to_waiters(&mut self) {
        self.remove_abandoned();
        if self.waiters.is_empty() {
            return;
        }
        let settled = self.first_unsettled();
        let now = Instant::now();
        let is_failing = self.spool.as_ref().is_some_and(DiskQueue::is_failing);
        let due = |waiter: &Waiter| {
            let deadline = waiter.request.deadline;
            let barrier = waiter.request.barrier;
            deadline.is_some_and(|deadline| deadline <= now)
                || (barrier == Barrier::OnDiskUnlessFailing && is_failing)
        };
        let waiters = std::mem::take(&mut self.waiters);
        let (mut finished, waiting): (Vec<_>, Vec<_>) = waiters
            .into_iter()
            .map(|waiter| (self.is_reached(&waiter, settled), waiter))
            .partition(|(reached, waiter)| *reached || due(waiter));
        let is_shutdown =
            |(_, waiter): &(bool, Waiter)| waiter.request.barrier == Barrier::Shutdown;
        if self.shutting_down && !waiting.iter().any(is_shutdown) {
            // The shutdown gets its report now. A flush with a later deadline does not keep the
            // tracker running. The remaining events are dropped or stay on disk.
            self.discard_remaining();
            finished.extend(waiting);
        } else {
            self.waiters = waiting.into_iter().map(|(_, waiter)| waiter).collect();
        }
        if finished.is_empty() {
            return;
        }
        // The process can end as soon as the caller has the report.
        self.counters.warn_if_reentrant();
        #[cfg(feature = "metrics")]
        self.metrics.export(&self.counters);
        for (complete, waiter) in finished {
            let report = Report::new(self.counters.read(), complete);
            waiter.request.reply.send(report);
        }
    }
}
