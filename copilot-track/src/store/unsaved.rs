//! The changes of one conversation that have not been written to the store.

use std::time::{Duration, Instant as StdInstant};

use tokio::time::Instant;

use crate::event::ids::conversation_id::ConversationId;
use crate::store::conversation_update::ConversationUpdate;
use crate::util::random;

/// An update is dropped once the store has refused it this many times, for [`MIN_REFUSED`].
const MAX_REFUSALS: u32 = 5;
/// The minimum time for which a store refuses an update before the update is dropped. A part of a
/// cluster can fail over in this time.
const MIN_REFUSED: Duration = Duration::from_secs(60);
/// A dropped update is not written any more once the store has refused it this many times.
const MAX_LATE_REFUSALS: u32 = 5;
/// The minimum time between the first refusal of a dropped update and the next attempt to write it.
/// Each further refusal doubles the time.
const LATE_BACKOFF: Duration = Duration::from_secs(60);

/// The changes of one conversation that have not been written to the store.
#[derive(Debug, Default)]
pub(super) struct Unsaved {
    /// The changes since the last write.
    changes: Option<Box<ConversationUpdate>>,
    /// The changes that are being written or could not be written, without their messages.
    in_flight: Option<Box<ConversationUpdate>>,
    /// What is left of writes that failed. This is rare, so it has its own allocation.
    failures: Option<Box<Failures>>,
    /// Whether the outbox is in the queue of those that have changes.
    is_queued: bool,
    /// Whether an update was taken, and is neither written, put back, nor dropped. No other update
    /// is taken until then, so updates are written in their order.
    is_taken: bool,
    writes: Writes,
}

/// How many updates with each kind of change were written. The numbers start again at 0 after 255.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Writes {
    user: u8,
    latest_message_id: u8,
    content: u8,
    consent: u8,
    context: u8,
}

impl Writes {
    /// Compares these numbers with earlier ones.
    pub(crate) fn since(self, earlier: Self) -> WrittenSince {
        WrittenSince { now: self, earlier }
    }

    fn count(&mut self, written: &ConversationUpdate) {
        let ConversationUpdate {
            user,
            latest_message_id,
            content,
            consent,
            context,
            ..
        } = written;
        let fields = [
            (&mut self.user, user.is_some()),
            (&mut self.latest_message_id, latest_message_id.is_some()),
            (&mut self.content, content.is_some()),
            (&mut self.consent, consent.is_some()),
            (&mut self.context, context.is_some()),
        ];
        for (number, is_written) in fields {
            *number = number.wrapping_add(u8::from(is_written));
        }
    }
}

/// What this process has written since a point in time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WrittenSince {
    now: Writes,
    earlier: Writes,
}

impl WrittenSince {
    pub(crate) fn has_user(self) -> bool {
        is_later(self.now.user, self.earlier.user)
    }

    pub(crate) fn has_latest_message_id(self) -> bool {
        is_later(self.now.latest_message_id, self.earlier.latest_message_id)
    }

    pub(crate) fn has_content(self) -> bool {
        is_later(self.now.content, self.earlier.content)
    }

    pub(crate) fn has_consent(self) -> bool {
        is_later(self.now.consent, self.earlier.consent)
    }

    pub(crate) fn has_context(self) -> bool {
        is_later(self.now.context, self.earlier.context)
    }
}

/// Returns whether a number of writes is higher than an earlier one. It is lower if the
/// conversation was removed from memory and opened again.
fn is_later(number: u8, earlier: u8) -> bool {
    (1..1 << 7).contains(&number.wrapping_sub(earlier))
}

/// The changes of a conversation that had not been written at a point in time.
#[derive(Debug, Default)]
pub(crate) struct UnsavedSnapshot {
    /// Only the changes since the last write contain their messages.
    pub(crate) changes: Option<ConversationUpdate>,
    /// What had been written.
    pub(crate) writes: Writes,
}

/// What is left of writes that failed.
#[derive(Debug, Default)]
struct Failures {
    /// An update that could not be written. It is older than the changes, and is written first.
    failed: Option<ConversationUpdate>,
    /// Dropped updates without their messages, the oldest first. Each has a change that the others
    /// do not have. They are written after another update of the conversation.
    dropped: Vec<ConversationUpdate>,
    /// How often the store has refused the oldest update.
    refusals: Option<Refusals>,
}

impl Failures {
    /// Returns the position of the latest dropped update that must be written now.
    fn due_position(&self) -> Option<usize> {
        let is_due = |update: &ConversationUpdate| {
            update.late_refusals < MAX_LATE_REFUSALS
                && update.next_late.is_none_or(|next| Instant::now() >= next)
        };
        self.dropped.iter().rposition(is_due)
    }
}

/// How often a store has refused an update.
#[derive(Debug)]
struct Refusals {
    count: u32,
    first: Instant,
    last: Instant,
}

impl Unsaved {
    /// Returns the next update, to change it. The caller must call [`changed`](Self::changed).
    #[inline]
    pub(super) fn update(&mut self, id: &ConversationId) -> &mut ConversationUpdate {
        self.changes.get_or_insert_with(|| new_changes(id))
    }

    /// Records that the next update was changed. Returns whether the outbox must be added to the
    /// queue.
    #[inline]
    pub(super) fn changed(&mut self) -> bool {
        !self.is_taken && self.must_queue()
    }

    /// Removes and returns the update that must be written next. The outbox is no longer in the
    /// queue.
    pub(super) fn take(&mut self) -> Option<ConversationUpdate> {
        self.is_queued = false;
        if self.is_taken {
            return None;
        }
        let update = self
            .take_failed()
            .or_else(|| self.take_changes())
            .or_else(|| self.take_dropped());
        self.is_taken = update.is_some();
        if let Some(update) = update.as_ref().filter(|update| update.has_changes()) {
            self.in_flight = Some(Box::new(update.without_messages()));
        }
        update
    }

    /// Records that the update that was taken has been written. Returns whether the outbox must be
    /// added to the queue.
    pub(super) fn saved(&mut self) -> bool {
        let saved = self.in_flight.take();
        if let Some(saved) = &saved {
            self.writes.count(saved);
        }
        self.reset_refusals();
        if let (Some(saved), Some(failures)) = (saved, &mut self.failures) {
            for dropped in &mut failures.dropped {
                if dropped.late_since < saved.first_taken {
                    dropped.remove_replaced(&saved);
                }
            }
            failures.dropped.retain(ConversationUpdate::has_changes);
        }
        self.settle() || (self.has_due() && self.must_queue())
    }

    /// Keeps the update that was taken, because it could not be written. Returns whether the outbox
    /// must be added to the queue.
    pub(super) fn put_back(&mut self, update: ConversationUpdate) -> bool {
        self.failures_mut().failed = Some(update);
        self.settle()
    }

    /// Records that no update is taken. Returns whether the outbox must be added to the queue.
    fn settle(&mut self) -> bool {
        self.is_taken = false;
        (self.changes.is_some() || self.has_failed()) && self.must_queue()
    }

    /// Records that the outbox is in the queue. Returns whether it was not.
    fn must_queue(&mut self) -> bool {
        !std::mem::replace(&mut self.is_queued, true)
    }

    /// Counts a refusal of the update that was taken, at most once per `interval`. Returns whether
    /// the update must be dropped.
    pub(super) fn count_refusal(&mut self, now: Instant, interval: Duration) -> bool {
        let Some(refusals) = &mut self.failures_mut().refusals else {
            self.failures_mut().refusals = Some(Refusals {
                count: 1,
                first: now,
                last: now,
            });
            return false;
        };
        if now.saturating_duration_since(refusals.last) >= interval {
            refusals.count += 1;
            refusals.last = now;
        }
        let refused = now.saturating_duration_since(refusals.first);
        refusals.count >= MAX_REFUSALS && refused >= MIN_REFUSED
    }

    /// Records that the update that was taken has been dropped. Its changes other than messages are
    /// written after another update. Returns whether the outbox must be added to the queue.
    pub(super) fn drop_taken(&mut self, update: &ConversationUpdate) -> bool {
        self.in_flight = None;
        self.reset_refusals();
        let taken = update.first_taken.unwrap_or_else(StdInstant::now);
        self.keep_dropped(update.without_messages(), taken);
        self.settle()
    }

    /// Records that the store refused the update that was taken, which had been dropped before. The
    /// update is kept, so that the process continues to apply it. Returns whether the outbox must
    /// be added to the queue, and whether the update is not written any more.
    pub(super) fn refuse_late(
        &mut self,
        update: &ConversationUpdate,
        now: Instant,
    ) -> (bool, bool) {
        self.in_flight = None;
        self.reset_refusals();
        let mut late = update.without_messages();
        late.late_refusals = late.late_refusals.saturating_add(1);
        let refusals = late.late_refusals;
        let doublings = refusals.saturating_sub(1).min(MAX_LATE_REFUSALS);
        late.next_late = Some(now + LATE_BACKOFF * 2u32.pow(doublings));
        let is_kept = self.keep_dropped(late, StdInstant::now());
        (self.settle(), is_kept && refusals == MAX_LATE_REFUSALS)
    }

    /// Drops the changes since the last write, because the queue is full. Returns the dropped
    /// update.
    pub(super) fn drop_changes(&mut self) -> Option<ConversationUpdate> {
        let lost = self.take_changes();
        if let Some(lost) = &lost {
            self.keep_dropped(lost.without_messages(), StdInstant::now());
        }
        self.is_queued = false;
        lost
    }

    /// Drops all updates except one that was taken, because nothing is written any more. Returns
    /// the dropped updates.
    pub(super) fn drop_all(&mut self) -> impl Iterator<Item = ConversationUpdate> + use<> {
        self.is_taken = false;
        let failed = self.take_failed();
        let changes = self.drop_changes();
        failed.into_iter().chain(changes)
    }

    /// Returns whether the next update contains a content policy or a consent.
    pub(super) fn has_privacy(&self) -> bool {
        let changes = self.changes.as_deref();
        changes.is_some_and(ConversationUpdate::has_privacy)
    }

    /// Returns whether an update is being written or could not be written.
    pub(super) fn is_unsettled(&self) -> bool {
        self.is_taken || self.has_failed()
    }

    /// Returns whether there are changes since the last write.
    pub(super) fn has_changes(&self) -> bool {
        self.changes.is_some()
    }

    fn has_failed(&self) -> bool {
        let failures = self.failures.as_ref();
        failures.is_some_and(|failures| failures.failed.is_some())
    }

    /// Returns a copy of the changes that are not in the store, as far as this process knows.
    pub(super) fn snapshot(&self) -> UnsavedSnapshot {
        UnsavedSnapshot {
            changes: self.copy(),
            writes: self.writes,
        }
    }

    fn copy(&self) -> Option<ConversationUpdate> {
        let failures = self.failures.as_ref();
        let dropped = failures.map_or(&[][..], |failures| failures.dropped.as_slice());
        let mut older: Vec<_> = dropped.iter().chain(self.in_flight.as_deref()).collect();
        older.sort_by_key(|update| update.late_since.or(update.first_taken));
        let updates = self.changes.as_deref().into_iter();
        let updates = updates.chain(older.into_iter().rev()).cloned();
        updates.reduce(|newer, older| newer.or(&older))
    }

    fn failures_mut(&mut self) -> &mut Failures {
        self.failures.get_or_insert_default()
    }

    fn take_changes(&mut self) -> Option<ConversationUpdate> {
        let mut changes = self.changes.take()?;
        changes.update_id = new_update_id();
        changes.first_taken = Some(StdInstant::now());
        Some(*changes)
    }

    fn take_failed(&mut self) -> Option<ConversationUpdate> {
        self.failures.as_mut()?.failed.take()
    }

    fn take_dropped(&mut self) -> Option<ConversationUpdate> {
        let failures = self.failures.as_mut()?;
        let latest = failures.due_position()?;
        Some(failures.dropped.remove(latest))
    }

    /// Returns whether a dropped update must be written now.
    pub(super) fn has_due(&self) -> bool {
        let failures = self.failures.as_ref();
        failures.is_some_and(|failures| failures.due_position().is_some())
    }

    /// Keeps the changes of a dropped update that no newer update replaces. `since` is the time
    /// since when another process can have written newer values, unless the update was dropped
    /// before. Returns whether a change was kept.
    fn keep_dropped(&mut self, mut update: ConversationUpdate, since: StdInstant) -> bool {
        update.late_since.get_or_insert(since);
        if let Some(changes) = &self.changes {
            update.remove_replaced(changes);
        }
        if !update.has_changes() {
            return false;
        }
        let dropped = &mut self.failures_mut().dropped;
        for other in &mut *dropped {
            if other.late_since > update.late_since {
                update.remove_replaced(other);
            } else {
                other.remove_replaced(&update);
            }
        }
        let is_kept = update.has_changes();
        dropped.push(update);
        dropped.retain(ConversationUpdate::has_changes);
        dropped.sort_by_key(|update| update.late_since);
        is_kept
    }

    fn reset_refusals(&mut self) {
        if let Some(failures) = &mut self.failures {
            failures.refusals = None;
        }
    }
}

/// Creates an update. It gets its id when it is taken, on the thread that writes it.
#[cold]
fn new_changes(id: &ConversationId) -> Box<ConversationUpdate> {
    Box::new(ConversationUpdate::new(id.clone(), String::new()))
}

fn new_update_id() -> String {
    random::uuid(u64::from(std::process::id()))
        .simple()
        .to_string()
}
