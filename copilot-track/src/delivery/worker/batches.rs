//! Seals the open batch, starts to send it, and handles its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use tokio::task::{Id, JoinError};
use tokio::time::Instant;

use crate::delivery::batch::OpenBatch;
use crate::delivery::encode::encoder::MAX_EVENT_BYTES;
use crate::delivery::worker::barrier::Barrier;
use crate::delivery::worker::in_flight::InFlight;
use crate::delivery::worker::thread::Worker;
use crate::ledger::drop_reason::DropReason;
use crate::util::timestamps::format_timestamp;

impl Worker {
    pub(super) fn is_full(&self) -> bool {
        self.open_batch
            .is_full(MAX_EVENT_BYTES, self.policy.flush_at)
    }

    /// Whether another batch may leave. What an earlier process left goes one batch at a time, and
    /// so in order.
    pub(super) fn has_room(&self) -> bool {
        if self.recovered_end > 0 && self.first_unsettled() < self.recovered_end {
            return self.in_flight.is_empty();
        }
        self.in_flight.len() < self.policy.max_in_flight
    }

    pub(super) fn seal_if_due(&mut self) {
        if self.open_batch.is_empty() || !self.has_room() {
            return;
        }
        // Whoever waits for the open batch waits for the backlog before it first.
        let first_unbatched = self.first_unbatched();
        let wanted = self.waiters.iter().any(|waiter| {
            waiter.request.barrier != Barrier::OnDisk
                && waiter.target.is_some_and(|target| {
                    target > self.open_batch_first && target <= first_unbatched
                })
        });
        if wanted || self.open_batch_due <= Instant::now() || self.is_full() {
            self.seal();
        }
    }

    /// Sends the open batch on its way.
    pub(super) fn seal(&mut self) {
        if self.open_batch.is_empty() {
            return;
        }
        let next = OpenBatch::in_place_of(self.buffers.take());
        let open = std::mem::replace(&mut self.open_batch, next);
        let batch = open.seal(&format_timestamp(SystemTime::now()));
        let remaining = Arc::new(AtomicU64::new(batch.len() as u64));
        let sender = Arc::clone(&self.sender);
        let left = Arc::clone(&remaining);
        let task = self
            .tasks
            .spawn(async move { sender.deliver(batch, &left).await });
        self.in_flight.insert(
            task.id(),
            InFlight {
                first: self.open_batch_first,
                remaining,
                records: std::mem::take(&mut self.open_batch_records),
            },
        );
    }

    pub(super) fn collect_ended(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.batch_ended(ended);
        }
    }

    pub(super) fn batch_ended(&mut self, ended: Result<(Id, Option<Vec<u8>>), JoinError>) {
        let (id, buffer) = match ended {
            Ok(ended) => ended,
            Err(error) => (error.id(), None),
        };
        if let Some(buffer) = buffer {
            self.buffers.put(buffer);
        }
        if let Some(batch) = self.in_flight.remove(&id) {
            let remaining = batch.remaining.load(Ordering::Relaxed);
            self.remove_from_spool(&batch.records);
            if remaining > 0 {
                // Only a transport of the application's can do that.
                self.counters.log_dropped(
                    DropReason::Rejected { status: None },
                    remaining,
                    "the transport panicked while it sent them",
                );
            }
        }
    }
}
