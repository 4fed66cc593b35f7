//! Decides when batches are retried, and keeps a batch that fails alone from delaying others.
//!
//! A batch uses one of the `max_in_flight` slots until it is settled, even while it waits. Two
//! mechanisms distinguish an outage from batches that the endpoint cannot process:
//!
//! - If a batch fails repeatedly, another one is delivered, and the batch then fails again, it is
//!   set aside. It then uses no slot while it waits.
//! - If all slots are used by batches that fail repeatedly, another batch is sent as a probe each
//!   time the oldest of them has failed again. If no probe is delivered, the endpoint is down.

use tokio::time::Instant;

use crate::delivery::worker::in_flight::{Contents, Place, WaitingBatch};
use crate::delivery::worker::thread::Worker;
use crate::util::reentrancy;

/// The maximum number of waiting probes. Further probes repeat the earlier ones.
const MAX_PROBES: usize = 8;
/// The maximum number of batches that are set aside. Further ones keep their slots.
const MAX_ASIDE: usize = 64;
/// The maximum size of the batches that are set aside, in bytes. With a spool, the events of
/// further batches are only on disk.
const MAX_ASIDE_BYTES: usize = 4 * 1024 * 1024;

impl Worker {
    /// Returns the number of batches that may be sent at the same time. The events that an earlier
    /// process left are sent one batch at a time, which keeps their order.
    pub(super) fn slots(&self) -> usize {
        if self.recovered_end > 0 && self.first_in_order() < self.recovered_end {
            1
        } else {
            self.policy.max_in_flight
        }
    }

    /// Returns the sequence number of the first event that is neither settled nor set aside.
    fn first_in_order(&self) -> u64 {
        let in_flight = self.in_flight.values();
        let waiting = self.waiting.iter().map(|waiting| &waiting.batch);
        let open = (!self.open_batch.is_empty()).then_some(self.open_batch_first);
        in_flight
            .chain(waiting)
            .filter(|batch| batch.place != Place::Aside)
            .map(|batch| batch.first)
            .chain(open)
            .fold(self.first_unbatched(), u64::min)
    }

    fn waiting_at(&self, place: Place) -> impl Iterator<Item = &WaitingBatch> {
        let waiting = self.waiting.iter();
        waiting.filter(move |waiting| waiting.batch.place == place)
    }

    /// Returns whether all slots are used.
    pub(super) fn slots_are_used(&self) -> bool {
        self.in_flight.len() + self.waiting_at(Place::Slot).count() >= self.slots()
    }

    /// Returns whether a batch should be sent although all slots are used: all slots are used by
    /// batches that fail repeatedly, and the oldest of them has just failed again.
    fn needs_probe(&self) -> bool {
        let mut slots = self.waiting_at(Place::Slot);
        self.probe_allowed && self.in_flight.is_empty() && slots.all(WaitingBatch::is_suspect)
    }

    /// Returns whether a new batch may be sent as a probe.
    pub(super) fn may_send_probe(&self) -> bool {
        self.needs_probe() && self.waiting_at(Place::Probe).count() < MAX_PROBES
    }

    /// Stores the retries of a waiting batch in the spool, so that a restart does not reset them.
    pub(super) fn store_retries(&mut self, waiting: &WaitingBatch) {
        if let Some(spool) = &mut self.spool {
            let retries = waiting.retries().store(Instant::now());
            spool.set_retries(waiting.batch.first..waiting.batch.end, retries);
        }
    }

    /// Handles a batch that must wait after a failed attempt.
    pub(super) fn add_waiting(&mut self, mut waiting: WaitingBatch) {
        let is_suspect = waiting.is_suspect();
        let batch = &mut waiting.batch;
        batch.is_checked &= is_suspect;
        if batch.place == Place::Slot {
            let is_oldest = self
                .waiting_at(Place::Slot)
                .all(|other| batch.first < other.batch.first);
            self.probe_allowed |= is_oldest;
        }
        if batch.is_checked || batch.place == Place::Aside || waiting.is_unwritten() {
            self.try_set_aside(&mut waiting);
        }
        self.waiting.push(waiting);
    }

    /// Sets a batch aside, unless too many already are. With a spool, its events are removed from
    /// memory if they need too much of it.
    fn try_set_aside(&mut self, waiting: &mut WaitingBatch) {
        let aside = self.waiting_at(Place::Aside);
        let (batches, bytes) = aside.fold((1, waiting.bytes()), |(batches, bytes), other| {
            (batches + 1, bytes + other.bytes())
        });
        let fits = bytes <= MAX_ASIDE_BYTES;
        let is_new = waiting.batch.place != Place::Aside;
        // A batch whose dead letters cannot be written never keeps its slot. It is in a spool.
        let is_unwritten = waiting.is_unwritten();
        if is_new && !is_unwritten && (batches > MAX_ASIDE || (!fits && self.spool.is_none())) {
            return;
        }
        if !fits && self.spool.is_some() {
            waiting.contents = Contents::Spool(waiting.retries().clone());
        }
        waiting.set_aside();
        if is_new && !is_unwritten {
            log_aside(waiting, &mut self.aside_logged);
        }
    }

    /// Updates the waiting batches after a batch was settled or started to wait.
    ///
    /// If a batch was delivered, each batch that has failed repeatedly is retried immediately. If
    /// it fails again, the endpoint is not down, and the batch is set aside.
    pub(super) fn update_waiting(&mut self) {
        let delivered_at = self.sender.outage.delivered_at();
        for waiting in &mut self.waiting {
            let batch = &mut waiting.batch;
            if !batch.is_checked
                && batch.place == Place::Slot
                && delivered_at.is_some_and(|at| at > waiting.failed_at)
                && waiting.is_suspect()
            {
                waiting.batch.is_checked = true;
                waiting.end_backoff();
            }
        }
        // A probe uses the slot of a batch that was settled or set aside.
        while !self.slots_are_used() {
            let probes = self.waiting.iter_mut();
            let probes = probes.filter(|waiting| waiting.batch.place == Place::Probe);
            let Some(oldest) = probes.min_by_key(|waiting| waiting.batch.first) else {
                break;
            };
            oldest.batch.place = Place::Slot;
            oldest.due = Some(Instant::now());
        }
    }

    /// Ends all backoffs. With `all`, also ends the waits that the endpoint requested.
    pub(super) fn end_waits(&mut self, all: bool) {
        for waiting in &mut self.waiting {
            if all {
                waiting.due = Some(Instant::now());
            } else if waiting.batch.place != Place::Probe {
                waiting.end_backoff();
            }
        }
    }

    /// Starts the retries that are due.
    pub(super) fn retry_waiting(&mut self) {
        while let Some(index) = self.next_retry() {
            let waiting = self.waiting.swap_remove(index);
            if waiting.batch.place == Place::Probe {
                self.probe_allowed = false;
            }
            match waiting.contents {
                Contents::Memory(delivery) => self.spawn(delivery, waiting.batch),
                Contents::Spool(_) => self.reload(waiting),
            }
        }
    }

    /// Returns the index of the next batch to retry, if one is due.
    fn next_retry(&self) -> Option<usize> {
        let slots = self.slots();
        let place_of = |index: &usize| self.waiting.get(*index).map(|waiting| waiting.batch.place);
        if self.may_repeat_probe() {
            return (0..self.waiting.len())
                .filter(|index| place_of(index) == Some(Place::Probe))
                .min_by_key(|&index| self.waiting.get(index).map(|waiting| waiting.failed_at));
        }
        if self.in_flight.len() >= slots {
            return None;
        }
        let first = |index: &usize| self.waiting.get(*index).map(|waiting| waiting.batch.first);
        let now = Instant::now();
        let is_due = |index: &usize| {
            let waiting = self.waiting.get(*index);
            waiting.is_some_and(|waiting| waiting.is_due(now))
        };
        let oldest = (0..self.waiting.len())
            .filter(|index| place_of(index) == Some(Place::Slot))
            .min_by_key(first);
        // With one slot, no batch overtakes an older one.
        let in_order = if slots == 1 && !self.shutting_down {
            oldest.filter(is_due)
        } else {
            (0..self.waiting.len())
                .filter(|index| place_of(index) != Some(Place::Aside) && is_due(index))
                .min_by_key(first)
        };
        in_order.or_else(|| {
            // The other slots stay available for batches that are not set aside.
            let one_is_in_flight = self
                .in_flight
                .values()
                .any(|batch| batch.place == Place::Aside);
            (0..self.waiting.len())
                .filter(|_| self.shutting_down || !one_is_in_flight)
                .filter(|index| place_of(index) == Some(Place::Aside) && is_due(index))
                .min_by_key(|&index| self.waiting.get(index).and_then(|waiting| waiting.due))
        })
    }

    /// Returns whether an earlier probe should be sent again, because no new batch can be a probe.
    fn may_repeat_probe(&self) -> bool {
        let probes = self.waiting_at(Place::Probe).count();
        probes > 0 && (probes >= MAX_PROBES || self.open_batch.is_empty()) && self.needs_probe()
    }

    /// Returns the next time at which a retry is due.
    pub(super) fn next_retry_due(&self, now: Instant) -> Option<Instant> {
        let due = self.waiting.iter().filter_map(|waiting| waiting.due);
        // Retries that are already due wait for a slot.
        due.filter(|due| *due > now).min()
    }
}

/// Logs that a batch was set aside. The first time, the record is a warning.
fn log_aside(waiting: &WaitingBatch, is_logged: &mut bool) {
    let events = waiting.batch.progress.remaining();
    let message = "a batch of copilot events fails while others are delivered: \
                   it is retried separately";
    let is_known = std::mem::replace(is_logged, true);
    reentrancy::log(|| {
        if is_known {
            tracing::debug!(events, "{message}");
        } else {
            tracing::warn!(events, "{message}");
        }
    });
}
