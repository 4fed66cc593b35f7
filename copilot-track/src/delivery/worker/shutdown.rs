//! How the worker ends.

use std::sync::atomic::Ordering;

use crate::delivery::batch::OpenBatch;
use crate::delivery::worker::thread::Worker;
use crate::ledger::drop_reason::DropReason;

impl Worker {
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
