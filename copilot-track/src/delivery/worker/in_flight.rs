//! Batches that have been sealed but are not settled yet.

use std::sync::Arc;

use tokio::time::Instant;

use crate::delivery::retry::RetryState;
use crate::delivery::sender::{Wait, WaitKind};
use crate::delivery::sending::batch_delivery::BatchDelivery;
use crate::delivery::sending::progress::Progress;
use crate::delivery::worker::spooled_batch::SpooledBatch;

/// A batch that is being sent.
#[derive(Debug)]
pub(super) struct InFlight {
    /// The sequence number of the batch's first event.
    pub(super) first: u64,
    /// With a spool: the sequence number that follows the batch's last event.
    pub(super) end: u64,
    /// Which of the batch's events are settled.
    pub(super) progress: Arc<Progress>,
    /// The sequence number and size in the spool of each of the batch's events. `None` for events
    /// that have been removed from the spool.
    pub(super) records: Vec<Option<(u64, usize)>>,
    pub(super) place: Place,
    /// Whether the batch is retried because another one was delivered.
    pub(super) is_checked: bool,
    /// Whether the batch may be the cause of its failures so far.
    pub(super) is_suspect: bool,
}

/// How a batch is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The batch uses one of the `max_in_flight` slots, even while it waits.
    Slot,
    /// The batch was sent although all slots are used by batches that fail. Its outcome shows
    /// whether the endpoint is down or only fails for those batches.
    Probe,
    /// The batch failed after others were delivered. It uses no slot.
    Aside,
}

/// The events of a batch that waits.
#[derive(Debug)]
pub(super) enum Contents {
    Memory(Box<BatchDelivery>),
    /// The events are only in the spool.
    Spool(SpooledBatch),
}

/// A batch that waits before it is retried.
#[derive(Debug)]
pub(super) struct WaitingBatch {
    pub(super) batch: InFlight,
    pub(super) contents: Contents,
    pub(super) failed_at: Instant,
    /// `None` for a probe, which is retried after the oldest batch with a slot has failed again.
    pub(super) due: Option<Instant>,
    pub(super) kind: WaitKind,
}

impl WaitingBatch {
    pub(super) fn new(batch: InFlight, delivery: Box<BatchDelivery>, wait: Wait) -> Self {
        Self {
            due: (batch.place != Place::Probe).then_some(wait.until),
            kind: wait.kind,
            failed_at: Instant::now(),
            batch,
            contents: Contents::Memory(delivery),
        }
    }

    pub(super) fn retries(&self) -> &RetryState {
        match &self.contents {
            Contents::Memory(delivery) => &delivery.retries,
            Contents::Spool(batch) => &batch.retries,
        }
    }

    /// Returns the size of the events in memory, in bytes.
    pub(super) fn bytes(&self) -> usize {
        match &self.contents {
            Contents::Memory(delivery) => delivery.bytes(),
            Contents::Spool(_) => 0,
        }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }

    /// Returns whether the batch waits because its dead letters cannot be written.
    pub(super) fn is_unwritten(&self) -> bool {
        match &self.contents {
            Contents::Memory(delivery) => delivery.awaits_letters(),
            Contents::Spool(batch) => batch.awaits_letters,
        }
    }

    /// Removes the events from memory. They must be in a spool.
    pub(super) fn keep_in_spool_only(&mut self) {
        if let Contents::Memory(delivery) = &self.contents {
            let batch = SpooledBatch::new(delivery, &self.batch.records);
            self.contents = Contents::Spool(batch);
        }
    }

    /// Ends the wait, unless the endpoint requested it.
    pub(super) fn end_backoff(&mut self) {
        if self.kind == WaitKind::Backoff {
            self.due = Some(Instant::now());
        }
    }

    /// Sets the batch aside.
    pub(super) fn set_aside(&mut self) {
        self.batch.place = Place::Aside;
        self.due.get_or_insert_with(Instant::now);
    }

    /// Returns whether the batch may be the cause of its failures.
    pub(super) fn is_suspect(&self) -> bool {
        self.retries().is_suspect(self.failed_at)
    }
}

impl InFlight {
    /// Returns the records of the events that were settled since the previous call.
    pub(super) fn take_settled(&mut self) -> Vec<(u64, usize)> {
        let settled = self.progress.take_settled();
        settled
            .into_iter()
            .flatten()
            .filter_map(|index| self.records.get_mut(index)?.take())
            .collect()
    }
}
