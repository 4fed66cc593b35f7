//! Answers to those who wait.

use tokio::time::Instant;

use crate::delivery::worker::barrier::{Goal, Request, Waiter};
use crate::delivery::worker::thread::Worker;
use crate::ledger::report::Report;

impl Worker {
    pub(super) fn accept(&mut self, request: Request) {
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
}
