//! Handles the remaining events when the worker ends.

use crate::delivery::batch::OpenBatch;
use crate::delivery::worker::thread::Worker;
use crate::ledger::drop_reason::DropReason;

impl Worker {
    /// Gives up on all remaining events. With a spool, they stay on disk or are written to it.
    /// Without one, they count as dropped.
    pub(super) fn discard_remaining(&mut self) {
        self.queue.close();
        self.queue.collect();
        if self.spool.is_some() {
            self.persist_remaining();
            return;
        }
        let mut events = (self.chunk.len() + self.open_batch.len()) as u64;
        while self.queue.next_chunk(&mut self.chunk) {
            events += self.chunk.len() as u64;
        }
        self.open_batch = OpenBatch::default();
        self.tasks.abort_all();
        let waiting = self.waiting.drain(..).map(|waiting| waiting.batch);
        for batch in self
            .in_flight
            .drain()
            .map(|(_, batch)| batch)
            .chain(waiting)
        {
            events += batch.progress.remaining();
        }
        self.counters.log_dropped(
            DropReason::Shutdown,
            events,
            "they were still pending when the tracker was shut down",
        );
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Every event must have an outcome, even if the worker panicked.
        self.discard_remaining();
        self.counters.warn_if_reentrant();
        #[cfg(feature = "metrics")]
        self.metrics.export(&self.counters);
        self.counters.read().log("the tracker has ended");
    }
}
