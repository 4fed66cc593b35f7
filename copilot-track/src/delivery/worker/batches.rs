//! Seals the open batch, starts sending it, and handles the end of its task.

use std::sync::Arc;

use tokio::task::{Id, JoinError};
use tokio::time::Instant;

use crate::delivery::batch::OpenBatch;
use crate::delivery::encode::encoder::MAX_EVENT_BYTES;
use crate::delivery::sending::progress::Progress;
use crate::delivery::worker::in_flight::InFlight;
use crate::delivery::worker::thread::Worker;
use crate::ledger::drop_reason::DropReason;

impl Worker {
    /// Returns whether the open batch is full.
    pub(super) fn is_full(&self) -> bool {
        self.open_batch
            .is_full(MAX_EVENT_BYTES, self.policy.flush_at)
    }

    /// Returns whether another batch may be sent. The events that an earlier process left are sent
    /// one batch at a time, which keeps their order.
    pub(super) fn has_room(&self) -> bool {
        if self.recovered_end > 0 && self.first_unsettled() < self.recovered_end {
            return self.in_flight.is_empty();
        }
        self.in_flight.len() < self.policy.max_in_flight
    }

    /// Sends the open batch if it is due, full, or awaited by a barrier.
    pub(super) fn seal_if_due(&mut self) {
        if self.open_batch.is_empty() || !self.has_room() {
            return;
        }
        // While some of a barrier's events are not in a batch yet, the open batch is not sent early
        // for this barrier.
        let first_unbatched = self.first_unbatched();
        let wanted = self.waiters.iter().any(|waiter| {
            !waiter.request.barrier.is_disk()
                && waiter.target.is_some_and(|target| {
                    target > self.open_batch_first && target <= first_unbatched
                })
        });
        if wanted || self.open_batch_due <= Instant::now() || self.is_full() {
            self.seal();
        }
    }

    /// Starts sending the open batch.
    pub(super) fn seal(&mut self) {
        if self.open_batch.is_empty() {
            return;
        }
        let next = OpenBatch::with_buffer(self.buffers.take());
        let open = std::mem::replace(&mut self.open_batch, next);
        let batch = open.seal();
        let progress = Arc::new(Progress::new(batch.len()));
        let sender = Arc::clone(&self.sender);
        let settled = Arc::clone(&progress);
        let task = self
            .tasks
            .spawn(async move { sender.deliver(batch, &settled).await });
        self.in_flight.insert(
            task.id(),
            InFlight {
                first: self.open_batch_first,
                progress,
                records: std::mem::take(&mut self.open_batch_records),
            },
        );
    }

    /// Handles the batches whose tasks have ended.
    pub(super) fn collect_ended(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.batch_ended(ended);
        }
    }

    /// Handles the end of a batch's task.
    pub(super) fn batch_ended(&mut self, ended: Result<(Id, Option<Vec<u8>>), JoinError>) {
        let (id, buffer) = match ended {
            Ok(ended) => ended,
            Err(error) => (error.id(), None),
        };
        if let Some(buffer) = buffer {
            self.buffers.put(buffer);
        }
        if let Some(batch) = self.in_flight.remove(&id) {
            let remaining = batch.progress.remaining();
            self.remove_from_spool(&batch.records);
            if remaining > 0 {
                // Only a transport that the application supplies can panic.
                self.counters.log_dropped(
                    DropReason::Rejected { status: None },
                    remaining,
                    "the transport panicked",
                );
            }
        }
    }
}
