//! The changes of one conversation that have not been written to the store.

use crate::event::ids::conversation_id::ConversationId;
use crate::store::conversation_update::ConversationUpdate;
use crate::util::random;

/// The number of times that a store can refuse an update. The update is then dropped.
const MAX_REFUSALS: u32 = 5;

/// The changes of one conversation that have not been written to the store.
#[derive(Debug, Default)]
pub(super) struct Unsaved {
    /// The changes since the last write.
    changes: Option<Box<ConversationUpdate>>,
    /// The changes that are being written or could not be written, without their messages.
    in_flight: Option<Box<ConversationUpdate>>,
    /// What is left of writes that failed. This is rare, so it has its own allocation.
    failures: Option<Box<Failures>>,
    /// Whether the outbox is in the list of those that have changes.
    is_listed: bool,
}

/// What is left of writes that failed.
#[derive(Debug, Default)]
struct Failures {
    /// An update that could not be written. It is older than the changes, and is written first.
    failed: Option<ConversationUpdate>,
    /// The changes of dropped updates, without their messages. The next update contains them.
    dropped: Option<ConversationUpdate>,
    /// How often the store has refused `failed`.
    refusals: u32,
}

impl Unsaved {
    /// Changes the next update. Returns whether the outbox must be added to the list.
    pub(super) fn change(
        &mut self,
        id: &ConversationId,
        change: impl FnOnce(&mut ConversationUpdate),
    ) -> bool {
        if let Some(update) = &mut self.changes {
            change(update);
        } else {
            let mut update = new_update(id.clone());
            change(&mut update);
            if let Some(dropped) = self.take_dropped() {
                update = update.or(&dropped);
            }
            self.changes = Some(Box::new(update));
        }
        !std::mem::replace(&mut self.is_listed, true)
    }

    /// Removes and returns the update that must be written next. If there is another one, the
    /// outbox must be added to the list again.
    pub(super) fn take(&mut self) -> (Option<ConversationUpdate>, bool) {
        let failed = self.take_failed();
        let update = failed.or_else(|| self.changes.take().map(|changes| *changes));
        self.is_listed = self.changes.is_some();
        if let Some(update) = update.as_ref().filter(|update| update.has_changes()) {
            self.in_flight = Some(Box::new(update.without_messages()));
        }
        (update, self.is_listed)
    }

    /// Records that the update that was taken last has been written.
    pub(super) fn saved(&mut self) {
        self.in_flight = None;
        self.reset_refusals();
    }

    /// Keeps an update that could not be written. Returns whether the outbox must be added to the
    /// list.
    pub(super) fn put_back(&mut self, update: ConversationUpdate) -> bool {
        self.failures_mut().failed = Some(update);
        !std::mem::replace(&mut self.is_listed, true)
    }

    /// Counts a refusal of an update that was taken. Returns whether the update must be dropped.
    pub(super) fn count_refusal(&mut self) -> bool {
        let refusals = &mut self.failures_mut().refusals;
        *refusals += 1;
        *refusals >= MAX_REFUSALS
    }

    /// Records that an update that was taken has been dropped. The next update contains its changes
    /// other than messages.
    pub(super) fn drop_taken(&mut self, update: &ConversationUpdate) {
        self.in_flight = None;
        self.reset_refusals();
        let older = update.without_messages();
        if let Some(changes) = self.changes.take() {
            self.changes = Some(Box::new(changes.or(&older)));
            return;
        }
        let merged = match self.take_dropped() {
            Some(newer) => newer.or(&older),
            None => older,
        };
        self.keep_dropped(merged);
    }

    /// Drops the changes since the last write, because the list is full. Returns the dropped
    /// update, and whether the outbox must be in the list nevertheless.
    pub(super) fn drop_changes(&mut self) -> (Option<ConversationUpdate>, bool) {
        let lost = self.changes.take().map(|changes| *changes);
        if let Some(lost) = &lost {
            let newer = lost.without_messages();
            let merged = match self.take_dropped() {
                Some(older) => newer.or(&older),
                None => newer,
            };
            self.keep_dropped(merged);
        }
        self.is_listed = self.has_failed();
        (lost, self.is_listed)
    }

    /// Drops all updates, because nothing is written any more. Returns them.
    pub(super) fn drop_all(&mut self) -> impl Iterator<Item = ConversationUpdate> + use<> {
        let failed = self.take_failed();
        let (changes, _) = self.drop_changes();
        failed.into_iter().chain(changes)
    }

    /// Returns whether the next update contains a content policy or a consent.
    pub(super) fn has_privacy(&self) -> bool {
        let changes = self.changes.as_deref();
        changes.is_some_and(ConversationUpdate::has_privacy)
    }

    /// Returns whether there is an update that could not be written.
    pub(super) fn has_failed(&self) -> bool {
        let failures = self.failures.as_ref();
        failures.is_some_and(|failures| failures.failed.is_some())
    }

    /// Returns a copy of the changes that are not in the store, as far as this process knows. Only
    /// the changes since the last write contain their messages.
    pub(super) fn copy(&self) -> Option<ConversationUpdate> {
        let failures = self.failures.as_ref();
        let dropped = failures.and_then(|failures| failures.dropped.as_ref());
        let updates = [self.changes.as_deref(), dropped, self.in_flight.as_deref()];
        let updates = updates.into_iter().flatten().cloned();
        updates.reduce(|newer, older| newer.or(&older))
    }

    fn failures_mut(&mut self) -> &mut Failures {
        self.failures.get_or_insert_default()
    }

    fn take_failed(&mut self) -> Option<ConversationUpdate> {
        self.failures.as_mut()?.failed.take()
    }

    fn take_dropped(&mut self) -> Option<ConversationUpdate> {
        self.failures.as_mut()?.dropped.take()
    }

    fn keep_dropped(&mut self, update: ConversationUpdate) {
        if update.has_changes() {
            self.failures_mut().dropped = Some(update);
        }
    }

    fn reset_refusals(&mut self) {
        if let Some(failures) = &mut self.failures {
            failures.refusals = 0;
        }
    }
}

fn new_update(id: ConversationId) -> ConversationUpdate {
    let update_id = random::uuid(u64::from(std::process::id())).simple();
    ConversationUpdate::new(id, update_id.to_string())
}
