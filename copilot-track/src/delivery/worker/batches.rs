//! Seals the open batch, starts sending it, and handles the end of its task.

use std::sync::Arc;

use tokio::task::{Id, JoinError};
use tokio::time::Instant;

use crate::delivery::batch::OpenBatch;
use crate::delivery::encode::encoder::MAX_EVENT_BYTES;
use crate::delivery::retry::RetryState;
use crate::delivery::sender::DeliveryEnd;
use crate::delivery::sending::batch_delivery::BatchDelivery;
use crate::delivery::sending::progress::Progress;
use crate::delivery::worker::in_flight::{InFlight, Place, WaitingBatch};
use crate::delivery::worker::thread::Worker;
use crate::ledger::drop_reason::DropReason;
use crate::util::{panics, reentrancy};

impl Worker {
    /// Returns whether the open batch is full.
    pub(super) fn is_full(&self) -> bool {
        self.open_batch
            .is_full(MAX_EVENT_BYTES, self.policy.flush_at)
    }

    /// Returns whether another batch may be sent.
    pub(super) fn has_room(&self) -> bool {
        !self.slots_are_used() || self.may_send_probe()
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
        let place = if self.slots_are_used() {
            self.probe_allowed = false;
            Place::Probe
        } else {
            Place::Slot
        };
        let retries = self.open_batch_retries.take();
        let retries = retries.map_or_else(RetryState::default, |(_, stored)| stored.into());
        let in_flight = InFlight {
            first: self.open_batch_first,
            end: self
                .open_batch_records
                .last()
                .map_or(0, |(number, _)| number + 1),
            progress: Arc::new(Progress::new(batch.len())),
            records: self.open_batch_records.drain(..).map(Some).collect(),
            place,
            is_checked: false,
            is_suspect: retries.is_suspect(Instant::now()),
        };
        let delivery = BatchDelivery::new(batch, retries);
        self.spawn(Box::new(delivery), in_flight);
    }

    /// Starts a task that sends the batch.
    pub(super) fn spawn(&mut self, delivery: Box<BatchDelivery>, batch: InFlight) {
        let sender = Arc::clone(&self.sender);
        let progress = Arc::clone(&batch.progress);
        let is_aside = batch.place == Place::Aside;
        let task = self
            .tasks
            .spawn(async move { sender.deliver(delivery, &progress, is_aside).await });
        self.in_flight.insert(task.id(), batch);
    }

    /// Handles the batches whose tasks have ended.
    pub(super) fn collect_ended(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.batch_ended(ended);
        }
    }

    /// Handles the end of a batch's task.
    pub(super) fn batch_ended(&mut self, ended: Result<(Id, DeliveryEnd), JoinError>) {
        let (id, end) = match ended {
            Ok((id, end)) => (id, Some(end)),
            Err(error) => {
                let id = error.id();
                if let Ok(payload) = error.try_into_panic() {
                    panics::drop_payload(payload);
                }
                (id, None)
            }
        };
        let Some(mut batch) = self.in_flight.remove(&id) else {
            return;
        };
        let settled = batch.take_settled();
        self.remove_from_spool(settled);
        if let Some(DeliveryEnd::Waiting(delivery, wait)) = end {
            let waiting = WaitingBatch::new(batch, delivery, wait);
            self.store_retries(&waiting);
            self.add_waiting(waiting);
        } else {
            if let Some(DeliveryEnd::Settled(Some(buffer))) = end {
                self.buffers.put(buffer);
            }
            if let Some(spool) = &mut self.spool {
                spool.remove_retries(&(batch.first..batch.end));
            }
            self.count_unsettled(batch.progress.remaining());
        }
        self.update_waiting();
    }

    /// Counts the events of a task that ended before they were settled. Panics in the transport are
    /// caught, so this happens only if this library has a bug.
    fn count_unsettled(&self, events: u64) {
        if events == 0 {
            return;
        }
        if self.spool.is_none() {
            let reason = DropReason::Rejected { status: None };
            self.counters
                .log_dropped(reason, events, "sending them ended unexpectedly");
            return;
        }
        reentrancy::log(|| {
            tracing::warn!(
                events,
                "sending a batch ended unexpectedly: its events stay in the spool until the next start"
            );
        });
    }
}
