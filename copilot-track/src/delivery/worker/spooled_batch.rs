//! Batches whose events are only in the spool while they wait.

use std::ops::Range;

use crate::delivery::batch::Batch;
use crate::delivery::retry::RetryState;
use crate::delivery::sending::batch_delivery::{BatchDelivery, DroppedPart};
use crate::delivery::sending::parts::Parts;
use crate::ledger::drop_reason::DropReason;

/// The state of a batch whose events are only in the spool.
#[derive(Debug)]
pub(super) struct SpooledBatch {
    pub(super) retries: RetryState,
    /// The parts whose dead letters could not be written.
    unwritten: Vec<UnwrittenPart>,
    /// Whether the only thing left to do is to write dead letters.
    pub(super) awaits_letters: bool,
}

#[derive(Debug)]
struct UnwrittenPart {
    /// The sequence numbers of the events.
    numbers: Range<u64>,
    reason: DropReason,
    cause: String,
}

impl SpooledBatch {
    /// Creates the state of a batch. `records` contains the sequence number and size of each of its
    /// events.
    pub(super) fn new(delivery: &BatchDelivery, records: &[Option<(u64, usize)>]) -> Self {
        let part = |part: &DroppedPart| {
            let records = records.get(part.events.clone())?;
            let mut numbers = records.iter().flatten().map(|(number, _)| *number);
            let first = numbers.next()?;
            Some(UnwrittenPart {
                numbers: first..numbers.next_back().unwrap_or(first) + 1,
                reason: part.reason,
                cause: part.cause.clone(),
            })
        };
        let mut unwritten: Vec<_> = delivery.unwritten.iter().filter_map(part).collect();
        unwritten.sort_by_key(|part| part.numbers.start);
        Self {
            retries: delivery.retries.clone(),
            unwritten,
            awaits_letters: delivery.awaits_letters(),
        }
    }

    /// Continues with the events that were read from the spool. `numbers` contains their sequence
    /// numbers.
    pub(super) fn restore(self, batch: Batch, numbers: &[u64]) -> BatchDelivery {
        let index = |number| numbers.partition_point(|other| *other < number);
        let part = |part: UnwrittenPart| DroppedPart {
            events: index(part.numbers.start)..index(part.numbers.end),
            reason: part.reason,
            cause: part.cause,
        };
        let unwritten = self.unwritten.into_iter().map(part);
        let unwritten: Vec<_> = unwritten.filter(|part| !part.events.is_empty()).collect();
        let ranges: Vec<_> = unwritten.iter().map(|part| part.events.clone()).collect();
        BatchDelivery {
            parts: Parts::except(batch.len(), &ranges),
            unwritten,
            ..BatchDelivery::new(batch, self.retries)
        }
    }
}
