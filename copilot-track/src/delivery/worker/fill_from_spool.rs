//! Fills batches from the spool. Events are encoded, staged in the spool, and then read from it.

use std::convert::Infallible;

use segment::message::BatchMessage;
use tokio::time::Instant;

use crate::delivery::batch::OpenBatch;
use crate::delivery::dead_letters::outcomes::LetterOutcome;
use crate::delivery::encode::error::EncodeError;
use crate::delivery::queue::chunk::CHUNK_EVENTS;
use crate::delivery::segment::message;
use crate::delivery::spool::{DiskQueue, SpoolRecord, UnsentRecord};
use crate::delivery::worker::barrier_request::BarrierRequest;
use crate::delivery::worker::deadline::after;
use crate::delivery::worker::replayed_letters::record_if_letter;
use crate::delivery::worker::thread::Worker;
use crate::ledger::drop_reason::DropReason;

impl Worker {
    /// Stages one chunk of the backlog in the spool and fills batches from the spool. Returns
    /// whether more events can be processed now.
    pub(super) fn fill_from_spool(&mut self) -> bool {
        self.stage(CHUNK_EVENTS);
        self.resolve_targets();
        let wanted = self.is_disk_wanted();
        let mut more = false;
        for _ in 0..CHUNK_EVENTS {
            // The events of a batch that failed in an earlier process are sent as one batch again.
            let retries = self.spool.as_mut().and_then(DiskQueue::next_retries);
            let first = |retries: Option<(u64, _)>| retries.map(|(first, _)| first);
            let is_other =
                !self.open_batch.is_empty() && first(retries) != first(self.open_batch_retries);
            // The numbers of a batch ascend. Events of an earlier process that are found late have
            // lower numbers.
            let next = self.spool.as_ref().map(DiskQueue::first_unsent);
            let last = self.open_batch_records.last();
            let is_lower = last.is_some_and(|(last, _)| next.is_some_and(|next| next < *last));
            if is_other || is_lower || self.is_full() {
                if !self.has_room() {
                    break;
                }
                self.seal();
            }
            let Some(next) = self.spool.as_mut().and_then(DiskQueue::take) else {
                break;
            };
            let message = match message_of(&next, self.sender.transport.takes_messages()) {
                Ok(message) => message,
                Err(error) => {
                    self.drop_record(&next, &error);
                    more = true;
                    continue;
                }
            };
            if self.open_batch.is_empty() {
                self.open_batch_retries = retries;
                self.open_batch_first = next.number;
                self.open_batch_due = after(self.policy.flush_interval);
            }
            let _ = self.open_batch.add(|body| {
                body.extend_from_slice(&next.json);
                Ok::<(), Infallible>(())
            });
            if let Some(message) = message {
                self.open_batch.add_message(message);
            }
            self.open_batch_records.push((next.number, next.size));
            more = true;
        }
        let staging =
            self.queue.has_backlog() && self.spool.as_ref().is_some_and(DiskQueue::can_stage);
        if let Some(spool) = &mut self.spool {
            let (damaged, lost) = (spool.take_damaged(), spool.take_lost());
            let cause = "they were damaged on disk";
            self.counters
                .log_dropped(DropReason::Invalid, damaged, cause);
            let cause = "the spool's file was deleted";
            self.counters.log_dropped(DropReason::Invalid, lost, cause);
            // If there is nothing left to stage, this is a good time to write.
            spool.commit_if_due(wanted, !staging);
            #[cfg(feature = "spool")]
            if let recovered @ 1.. = spool.take_recovered() {
                self.counters.count_recovered(recovered);
            }
            if spool.is_half_empty() {
                self.spool_overflow_log.log_end();
            }
            // Callers should not wait for room while the disk cannot make any.
            self.queue.set_disk_stuck(spool.is_disk_stuck());
        }
        more || staging
    }

    /// Encodes up to `count` events and adds them to the spool.
    pub(super) fn stage(&mut self, count: usize) {
        let Some(spool) = &mut self.spool else { return };
        if !spool.can_stage() {
            return;
        }
        for _ in 0..count {
            if self.chunk.is_empty() && !self.queue.next_chunk(&mut self.chunk) {
                break;
            }
            let Some(queued) = self.chunk.pop() else {
                break;
            };
            let mut json = Vec::new();
            let size = queued.size;
            let context = self.chunk.context(&queued);
            match self.encoder.encode(context, &queued.envelope, &mut json) {
                Ok(encoded) => {
                    if encoded.truncated {
                        self.counters.count_truncated();
                    }
                    if spool.has_room(json.len()) {
                        spool.add(SpoolRecord {
                            content: encoded.content,
                            content_properties: self
                                .encoder
                                .content_properties
                                .as_json()
                                .to_owned(),
                            json: json.into(),
                        });
                        let outcome = LetterOutcome::Spooled;
                        record_if_letter(&self.sender, &queued.envelope, outcome);
                    } else {
                        self.spool_overflow_log.record_drop();
                    }
                }
                Err(error) => {
                    self.counters.log_dropped(error.reason, 1, &error.message);
                    record_if_letter(&self.sender, &queued.envelope, LetterOutcome::Dropped);
                    if error.is_too_deep {
                        // Dropping the event could overflow the stack.
                        std::mem::forget(queued.envelope);
                    }
                }
            }
            self.queue.release(1, size);
        }
    }

    /// Sets the target of each waiter whose events have all been added to the spool.
    pub(super) fn resolve_targets(&mut self) {
        let encoded = self.first_unencoded();
        let Some(spool) = &self.spool else { return };
        for waiter in &mut self.waiters {
            if waiter.target.is_none() && waiter.end <= encoded {
                waiter.target = Some(spool.next_number());
            }
        }
    }

    /// Returns whether a request waits for events to be written to disk. A shutdown does so shortly
    /// before its deadline, because it returns at the deadline even if the disk is slow.
    fn is_disk_wanted(&self) -> bool {
        let now = Instant::now();
        self.waiters.iter().any(|waiter| {
            let BarrierRequest {
                barrier,
                persist_at,
                ..
            } = &waiter.request;
            barrier.is_disk() || persist_at.is_some_and(|at| at <= now)
        })
    }

    /// Drops an event that cannot be sent.
    pub(super) fn drop_record(&mut self, record: &UnsentRecord, error: &EncodeError) {
        self.counters.log_dropped(error.reason, 1, &error.message);
        if let Some(letters) = &self.sender.dead_letters {
            let event: &[u8] = &record.json;
            letters
                .outcomes
                .record_events([event], LetterOutcome::Dropped);
        }
        self.remove_from_spool([(record.number, record.size)]);
    }

    /// Removes settled events from the spool.
    pub(super) fn remove_from_spool(&mut self, settled: impl IntoIterator<Item = (u64, usize)>) {
        if let Some(spool) = &mut self.spool {
            for (number, size) in settled {
                spool.remove(number, size);
            }
        }
    }

    /// Writes all remaining events to disk. Events that cannot be written count as dropped.
    pub(super) fn persist_remaining(&mut self) {
        if let Some(spool) = &mut self.spool
            && !spool.can_stage()
        {
            // Writing makes room for events that are not staged yet.
            spool.commit();
        }
        self.stage(usize::MAX);
        self.tasks.abort_all();
        let in_flight = std::mem::take(&mut self.in_flight).into_values();
        let waiting = std::mem::take(&mut self.waiting).into_iter();
        let waiting = waiting.map(|waiting| {
            self.store_retries(&waiting);
            waiting.batch
        });
        let unsettled: Vec<_> = waiting.chain(in_flight).collect();
        for mut batch in unsettled {
            let settled = batch.take_settled();
            self.remove_from_spool(settled);
        }
        self.open_batch = OpenBatch::default();
        self.open_batch_records.clear();
        let Some(mut spool) = self.spool.take() else {
            return;
        };
        spool.commit();
        // Events that could not be written or staged are lost.
        let mut events = spool.unwritten() + self.chunk.len() as u64;
        while self.queue.next_chunk(&mut self.chunk) {
            events += self.chunk.len() as u64;
        }
        let cause = "they could not be written to the spool before the tracker was shut down";
        self.counters
            .log_dropped(DropReason::Shutdown, events, cause);
    }
}

/// Returns the event as a message, if the transport takes messages. Returns an error if the event
/// cannot be sent.
pub(super) fn message_of(
    record: &UnsentRecord,
    takes_messages: bool,
) -> Result<Option<BatchMessage>, EncodeError> {
    let message = if takes_messages {
        Some(message::parse_exact(&record.json).ok_or_else(EncodeError::not_a_message)?)
    } else {
        None
    };
    // The spool's file may have been changed by other code. One invalid event would make the
    // endpoint reject the whole batch.
    if record.is_from_disk
        && let Err(error) = message::parse_stored(&record.json)
    {
        let error = format!("an event in the spool is invalid: {error}");
        return Err(EncodeError::invalid(error));
    }
    Ok(message)
}
