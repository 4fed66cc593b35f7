//! Decides when batches are retried, and keeps a batch that fails alone from delaying others.
//!
//! A batch uses one of the `max_in_flight` slots until it is settled, even while it waits. Two
//! mechanisms distinguish an outage from batches that the endpoint cannot process:
//!
//! - If a batch fails repeatedly, another one is delivered, and the batch then fails again, it is
//!   set aside. It then uses no slot. One such batch at a time is sent in addition to the others.
//! - If all slots are used by batches that fail repeatedly, another batch is sent as a probe each
//!   time the oldest of them has failed again. If no probe is delivered, the endpoint is down.

use tokio::time::Instant;

use crate::delivery::worker::in_flight::{Contents, InFlight, Place, WaitingBatch};
use crate::delivery::worker::thread::Worker;
use crate::util::reentrancy;

/// The maximum number of waiting probes. Further probes repeat the earlier ones.
const MAX_PROBES: usize = 8;
/// The maximum number of batches that are set aside. Further ones keep their slots.
const MAX_ASIDE: usize = 64;
/// The maximum size of the batches that are set aside, in bytes. With a spool, the events of
/// further batches are only on disk.
const MAX_ASIDE_BYTES: usize = 4 * 1024 * 1024;
/// The maximum number of batches whose dead letters cannot be written. The events of further ones
/// are dropped without dead letters, because the state of each batch needs memory.
const MAX_UNWRITTEN: usize = 1_000;

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

    /// Returns the batches in flight that are not set aside.
    fn in_flight_in_order(&self) -> impl Iterator<Item = &InFlight> {
        let in_flight = self.in_flight.values();
        in_flight.filter(|batch| batch.place != Place::Aside)
    }

    /// Returns whether all slots are used.
    pub(super) fn slots_are_used(&self) -> bool {
        self.in_flight_in_order().count() + self.waiting_at(Place::Slot).count() >= self.slots()
    }

    /// Returns whether a batch should be sent although all slots are used: all slots are used by
    /// batches that fail repeatedly, and the oldest of them has failed again. A probe is sent
    /// instead of a batch that waits, so it does not exceed the limit on requests.
    fn needs_probe(&self) -> bool {
        let mut in_flight = self.in_flight_in_order();
        self.probe_allowed
            && self.in_flight_in_order().count() < self.slots()
            && self.waiting_at(Place::Slot).all(WaitingBatch::is_suspect)
            && in_flight.all(|batch| batch.place == Place::Slot && batch.is_suspect)
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
        batch.is_suspect = is_suspect;
        if batch.place == Place::Slot {
            self.probe_allowed |= self.is_older_than_others(batch);
        }
        if waiting.is_unwritten() && self.unwritten().count() >= MAX_UNWRITTEN {
            return self.drop_unwritten(waiting);
        }
        let WaitingBatch { batch, .. } = &waiting;
        if batch.is_checked || batch.place == Place::Aside || waiting.is_unwritten() {
            self.try_set_aside(&mut waiting);
        }
        self.waiting.push(waiting);
    }

    /// Returns whether a batch is older than all others with a slot.
    fn is_older_than_others(&self, batch: &InFlight) -> bool {
        let waiting = self.waiting_at(Place::Slot).map(|waiting| &waiting.batch);
        let mut others = self.in_flight_in_order().chain(waiting);
        others.all(|other| other.place != Place::Slot || batch.first < other.first)
    }

    /// Returns the batches whose dead letters cannot be written.
    fn unwritten(&self) -> impl Iterator<Item = &WaitingBatch> {
        let waiting = self.waiting.iter();
        waiting.filter(|waiting| waiting.is_unwritten())
    }

    /// Drops the events of a batch whose dead letters cannot be written.
    fn drop_unwritten(&mut self, waiting: WaitingBatch) {
        if let Contents::Memory(mut delivery) = waiting.contents {
            delivery.drops_unwritten = true;
            self.spawn(delivery, waiting.batch);
        }
    }

    /// Sets a batch aside, unless too many already are. With a spool, its events are removed from
    /// memory if they need too much of it.
    fn try_set_aside(&mut self, waiting: &mut WaitingBatch) {
        let aside = self.waiting_at(Place::Aside);
        let (batches, bytes) = aside.fold((1, waiting.bytes()), |(batches, bytes), other| {
            let counts = usize::from(!other.is_unwritten());
            (batches + counts, bytes + other.bytes())
        });
        let fits = bytes <= MAX_ASIDE_BYTES;
        let is_new = waiting.batch.place != Place::Aside;
        // A batch whose dead letters cannot be written never keeps its slot. It is in a spool.
        let is_unwritten = waiting.is_unwritten();
        if is_new && !is_unwritten && (batches > MAX_ASIDE || (!fits && self.spool.is_none())) {
            return;
        }
        if !fits && self.spool.is_some() {
            waiting.keep_in_spool_only();
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
        if self.may_repeat_probe() {
            let waiting = self.waiting.iter().enumerate();
            return waiting
                .filter(|(_, waiting)| waiting.batch.place == Place::Probe)
                .min_by_key(|(_, waiting)| waiting.failed_at)
                .map(|(index, _)| index);
        }
        let now = Instant::now();
        self.next_in_order(now).or_else(|| self.next_aside(now))
    }

    /// Returns the index of the oldest batch with a slot or a probe that is due.
    fn next_in_order(&self, now: Instant) -> Option<usize> {
        let slots = self.slots();
        if self.in_flight_in_order().count() >= slots {
            return None;
        }
        let waiting = self.waiting.iter().enumerate();
        let in_order = waiting.filter(|(_, waiting)| waiting.batch.place != Place::Aside);
        let oldest = if slots == 1 && !self.shutting_down {
            // With one slot, no batch overtakes an older one.
            in_order
                .filter(|(_, waiting)| waiting.batch.place == Place::Slot)
                .min_by_key(|(_, waiting)| waiting.batch.first)
                .filter(|(_, waiting)| waiting.is_due(now))
        } else {
            in_order
                .filter(|(_, waiting)| waiting.is_due(now))
                .min_by_key(|(_, waiting)| waiting.batch.first)
        };
        oldest.map(|(index, _)| index)
    }

    /// Returns the index of the batch that is set aside and is due. At most one is in flight, and
    /// it uses no slot. A shutdown has no time to send them one after another, so they use the free
    /// slots.
    fn next_aside(&self, now: Instant) -> Option<usize> {
        let is_one_in_flight = self.in_flight.len() > self.in_flight_in_order().count();
        let may_use_slot = self.shutting_down && self.in_flight.len() < self.slots();
        if is_one_in_flight && !may_use_slot {
            return None;
        }
        // While letters cannot be written, it is enough to try the oldest ones.
        let is_failing = self.sender.letters_are_failing();
        let oldest_unwritten = self.unwritten().map(|waiting| waiting.batch.first).min();
        let is_delayed = |waiting: &WaitingBatch| {
            is_failing && waiting.is_unwritten() && Some(waiting.batch.first) != oldest_unwritten
        };
        let waiting = self.waiting.iter().enumerate();
        waiting
            .filter(|(_, waiting)| waiting.batch.place == Place::Aside && waiting.is_due(now))
            .filter(|(_, waiting)| !is_delayed(waiting))
            .min_by_key(|(_, waiting)| waiting.due)
            .map(|(index, _)| index)
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
