//! A batch, and the state that is needed to continue sending it.

use std::ops::Range;

use crate::delivery::batch::Batch;
use crate::delivery::retry::RetryState;
use crate::delivery::sending::parts::Parts;
use crate::delivery::transport::dispatch::{Prepared, Transport};
use crate::ledger::drop_reason::DropReason;

/// A batch, and the state that is needed to continue sending it.
#[derive(Debug)]
pub(crate) struct BatchDelivery {
    pub(crate) batch: Batch,
    pub(crate) parts: Parts,
    /// The part that is being sent. `None` if the next part has not been sent yet.
    pub(crate) current: Option<CurrentPart>,
    pub(crate) retries: RetryState,
    /// Why parts are rejected that are not sent.
    pub(crate) refusal: Option<(DropReason, String)>,
    /// The dropped parts whose dead letters could not be written.
    pub(crate) unwritten: Vec<DroppedPart>,
    /// Whether these parts are counted as dropped if their dead letters cannot be written again.
    pub(crate) drops_unwritten: bool,
}

/// A part of a batch that is dropped.
#[derive(Debug)]
pub(crate) struct DroppedPart {
    pub(crate) events: Range<usize>,
    pub(crate) reason: DropReason,
    /// The cause, for the log.
    pub(crate) cause: String,
}

/// The part of a batch that is being sent.
#[derive(Debug)]
pub(crate) struct CurrentPart {
    pub(crate) events: Range<usize>,
    /// The part as a batch. `None` if the part is the whole batch.
    pub(crate) copy: Option<Batch>,
    pub(crate) prepared: Prepared,
    /// The number of attempts so far.
    pub(crate) attempts: u32,
}

impl BatchDelivery {
    pub(crate) fn new(batch: Batch, retries: RetryState) -> Self {
        Self {
            parts: Parts::whole(batch.len()),
            batch,
            current: None,
            retries,
            refusal: None,
            unwritten: Vec::new(),
            drops_unwritten: false,
        }
    }

    /// Returns whether the only thing left to do is to write dead letters.
    pub(crate) fn awaits_letters(&self) -> bool {
        self.parts.is_done() && !self.unwritten.is_empty()
    }

    /// Returns the size of the batch in memory, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let copy = self.current.as_ref().and_then(|part| part.copy.as_ref());
        self.batch.body().len() + copy.map_or(0, |copy| copy.body().len())
    }

    /// Makes these events the current part, unless they already are.
    pub(crate) fn prepare(&mut self, events: &Range<usize>, transport: &Transport) {
        if self
            .current
            .as_ref()
            .is_some_and(|part| part.events == *events)
        {
            return;
        }
        let copy = self.copy_of(events);
        let prepared = transport.prepare(copy.as_ref().unwrap_or(&self.batch));
        self.current = Some(CurrentPart {
            events: events.clone(),
            copy,
            prepared,
            attempts: 0,
        });
    }

    /// Returns the current part, if one was sent.
    pub(crate) fn current_part(&self) -> Option<&Batch> {
        let current = self.current.as_ref()?;
        Some(current.copy.as_ref().unwrap_or(&self.batch))
    }

    /// Returns the events as a batch, or `None` if they are the whole batch.
    pub(crate) fn copy_of(&self, events: &Range<usize>) -> Option<Batch> {
        (events.len() < self.batch.len()).then(|| self.batch.part(events.clone()))
    }
}
