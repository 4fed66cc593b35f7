//! The changes of conversations that have not been written to the store.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::time::Instant as TokioInstant;

use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::store::conversation_update::{ConversationUpdate, CountedMessage};
use crate::store::numbered_end::{NumberedEnd, SendEnd};
use crate::store::store_error::{FailedUpdates, StoreError};
use crate::store::unsaved::Unsaved;
use crate::store::write_batch::WriteBatch;
use crate::tracker::tracker::Tracker;
use crate::util::reentrancy;

/// The maximum number of messages that wait to be written. Their ids use at most about 10 MB.
const MAX_UNSAVED_MESSAGES: usize = 100_000;
/// The maximum number of conversations with changes. Changes of the content policy and the consent
/// can exceed this limit by the same number.
const MAX_CHANGED: usize = 100_000;
/// The maximum number of Conversation Ended events that wait for their claims.
const MAX_ENDS: usize = 100_000;

/// The changes of one conversation that have not been written to the store.
///
/// A caller locks only this outbox. The first change after a write also adds the outbox to the list
/// of those that have changes.
#[derive(Debug)]
pub(crate) struct Outbox {
    id: ConversationId,
    outboxes: Arc<Outboxes>,
    /// The number of Conversation Ended events that this process knows of.
    ends: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    unsaved: Unsaved,
    /// The ends that this process requested, if there are any.
    ends: Option<Box<RequestedEnds>>,
}

/// The Conversation Ended events that this process requested for a conversation.
#[derive(Debug, Default)]
struct RequestedEnds {
    /// The number of messages when the end that waits for its claim was requested.
    pending: Option<u64>,
    /// The number of messages when the end that was sent last was requested.
    sent: Option<u64>,
}

impl State {
    fn ends_mut(&mut self) -> &mut RequestedEnds {
        self.ends.get_or_insert_default()
    }
}

impl Outbox {
    pub(crate) fn new(id: ConversationId, outboxes: Arc<Outboxes>) -> Arc<Self> {
        Arc::new(Self {
            id,
            outboxes,
            ends: AtomicU64::new(0),
            state: Mutex::default(),
        })
    }

    pub(crate) fn id(&self) -> &ConversationId {
        &self.id
    }

    /// Adds a message that counts. `is_latest` means that it is the message that later events
    /// belong to.
    pub(crate) fn add_message(
        self: &Arc<Self>,
        id: &MessageId,
        from_customer: bool,
        is_latest: bool,
    ) {
        if !self.outboxes.reserve_message() {
            return;
        }
        self.change(|update| {
            if is_latest {
                update.latest_message_id = Some(id.clone());
            }
            let message = CountedMessage::new(id.clone(), from_customer);
            update.messages.push(message);
        });
    }

    /// Changes the next update.
    pub(crate) fn change(self: &Arc<Self>, change: impl FnOnce(&mut ConversationUpdate)) {
        let must_list = self.lock().unsaved.change(&self.id, change);
        if must_list {
            self.outboxes.add(Arc::clone(self));
        }
    }

    /// Returns a copy of the changes that are not in the store, as far as this process knows. Only
    /// the changes since the last write contain their messages.
    pub(crate) fn unsaved(&self) -> Option<ConversationUpdate> {
        self.lock().unsaved.copy()
    }

    /// Returns whether an update is being written or could not be written.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.lock().unsaved.is_unsettled()
    }

    /// Returns whether there are changes since the last write.
    pub(crate) fn has_changes(&self) -> bool {
        self.lock().unsaved.has_changes()
    }

    /// Requests the end of the conversation after `messages` messages. `send` is called if this
    /// process gets the claim.
    ///
    /// Does nothing if an end already waits for its claim, and no message was added since then.
    pub(crate) fn request_end(self: &Arc<Self>, messages: u64, send: SendEnd) {
        let earlier = self.lock().ends_mut().pending.replace(messages);
        if earlier == Some(messages) {
            return;
        }
        self.outboxes.request_end(EndJob {
            outbox: Arc::clone(self),
            requested: Instant::now(),
            messages,
            has_newer: false,
            send,
        });
    }

    /// Records that an end was sent after `messages` messages.
    pub(crate) fn record_end(&self, number: u64, messages: u64) {
        self.lock().ends_mut().sent = Some(messages);
        self.raise_ends(number);
    }

    pub(crate) fn raise_ends(&self, ends: u64) {
        self.ends.fetch_max(ends, Ordering::Relaxed);
    }

    pub(crate) fn ends(&self) -> u64 {
        self.ends.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A Conversation Ended event that waits for its claim.
pub(crate) struct EndJob {
    pub(crate) outbox: Arc<Outbox>,
    /// The time at which the application ended the conversation.
    pub(crate) requested: Instant,
    /// The number of messages that this process knew at that time.
    messages: u64,
    /// Whether the store has messages that the end that was sent last does not include.
    has_newer: bool,
    send: SendEnd,
}

impl EndJob {
    /// Records that the end is being claimed. A message of another process may be too late for this
    /// claim, so an end that is requested now needs its own claim.
    pub(crate) fn start(&self) {
        let mut state = self.outbox.lock();
        let pending = &mut state.ends_mut().pending;
        pending.take_if(|messages| *messages == self.messages);
    }

    /// Records that the end was not claimed, and waits for another attempt. `has_newer` is whether
    /// the store has messages that the end that was sent last does not include.
    pub(crate) fn wait_again(mut self, has_newer: bool) -> Self {
        self.has_newer |= has_newer;
        let mut state = self.outbox.lock();
        state.ends_mut().pending.get_or_insert(self.messages);
        drop(state);
        self
    }

    /// Returns whether this process has not sent an end with this or a higher number.
    pub(crate) fn is_next(&self, number: u64) -> bool {
        number > self.outbox.ends()
    }

    /// Returns whether this process knows no message that the end that was sent last does not
    /// include.
    fn has_nothing_to_end(&self) -> bool {
        let sent = || self.outbox.lock().ends_mut().sent;
        !self.has_newer && (self.messages == 0 || sent() == Some(self.messages))
    }

    /// Sends the event.
    pub(crate) fn send(self, end: NumberedEnd) {
        self.outbox.record_end(end.number, self.messages);
        self.start();
        (self.send)(end);
    }

    /// Drops the job without sending the event.
    pub(crate) fn cancel(self) {
        self.start();
    }
}

impl fmt::Debug for EndJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndJob")
            .field("requested", &self.requested)
            .field("messages", &self.messages)
            .finish_non_exhaustive()
    }
}

/// Updates that are written together.
pub(crate) type OutboxBatch = WriteBatch<Arc<Outbox>>;

/// The changes of all conversations that have not been written to the store, and the Conversation
/// Ended events that wait for their claims.
#[derive(Debug)]
pub(crate) struct Outboxes {
    tracker: Tracker,
    /// The maximum number of conversations with changes. Changes of the content policy and the
    /// consent can exceed this limit by the same number.
    max_changed: usize,
    changed: Mutex<VecDeque<Arc<Outbox>>>,
    ends: Mutex<Vec<EndJob>>,
    /// The number of messages that wait to be written or are being written.
    unsaved_messages: AtomicUsize,
    /// Whether nothing is written any more.
    is_closed: AtomicBool,
    /// Whether the loss of a content policy or a consent has been logged.
    has_warned: AtomicBool,
}

impl Outboxes {
    pub(crate) fn new(tracker: Tracker) -> Arc<Self> {
        Self::with_max_changed(tracker, MAX_CHANGED)
    }

    pub(crate) fn with_max_changed(tracker: Tracker, max_changed: usize) -> Arc<Self> {
        Arc::new(Self {
            tracker,
            max_changed,
            changed: Mutex::default(),
            ends: Mutex::default(),
            unsaved_messages: AtomicUsize::new(0),
            is_closed: AtomicBool::new(false),
            has_warned: AtomicBool::new(false),
        })
    }

    /// Makes room for a message. If there is none, counts the message as unsaved and returns
    /// `false`.
    pub(super) fn reserve_message(&self) -> bool {
        let waiting = self.unsaved_messages.load(Ordering::Relaxed);
        if waiting < MAX_UNSAVED_MESSAGES && !self.is_closed.load(Ordering::Relaxed) {
            self.unsaved_messages.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        self.tracker.count_unsaved_messages(1);
        false
    }

    /// Releases the room of messages that were written or lost.
    fn release_messages(&self, messages: usize) {
        let release = |waiting: usize| Some(waiting.saturating_sub(messages));
        let _ = self
            .unsaved_messages
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, release);
    }

    /// Adds an outbox that has changes. If there is no room, counts the changes as unsaved.
    pub(super) fn add(&self, outbox: Arc<Outbox>) {
        let has_privacy = outbox.lock().unsaved.has_privacy();
        let limit = self.max_changed * if has_privacy { 2 } else { 1 };
        let mut changed = self.changed();
        let is_closed = self.is_closed.load(Ordering::Relaxed);
        if changed.len() < limit && !is_closed {
            changed.push_back(outbox);
            return;
        }
        drop(changed);
        if is_closed {
            return self.lose_all(&outbox);
        }
        let lost = outbox.lock().unsaved.drop_changes();
        if let Some(lost) = lost {
            self.count_lost(&lost, "too many conversations have changes");
        }
    }

    /// Adds an outbox without a limit. The number of updates that are being written is limited.
    fn list(&self, outbox: Arc<Outbox>) {
        let mut changed = self.changed();
        if !self.is_closed.load(Ordering::Relaxed) {
            changed.push_back(outbox);
            return;
        }
        drop(changed);
        self.lose_all(&outbox);
    }

    fn lose_all(&self, outbox: &Outbox) {
        let lost = outbox.lock().unsaved.drop_all();
        for lost in lost {
            self.count_lost(&lost, "the conversations were closed");
        }
    }

    /// Counts the changes of an update that is not written.
    fn count_lost(&self, update: &ConversationUpdate, reason: &str) {
        let messages = update.messages.len();
        self.release_messages(messages);
        self.tracker.count_unsaved_messages(messages as u64);
        if update.has_changes() {
            self.tracker.count_unsaved_change();
        }
        if update.has_privacy() && !self.has_warned.swap(true, Ordering::Relaxed) {
            reentrancy::log(|| {
                tracing::warn!(
                    reason,
                    "a consent or a content policy was not written to the conversation store, so \
                     other processes do not apply it; the ledger counts further unsaved changes"
                );
            });
        }
    }

    /// Returns the number of conversations that have changes.
    pub(crate) fn changed_count(&self) -> usize {
        self.changed().len()
    }

    /// Removes and returns the changes of at most `limit` conversations.
    pub(crate) fn take(&self, limit: usize) -> Option<OutboxBatch> {
        let mut changed = self.changed();
        let taken = limit.min(changed.len());
        let listed: Vec<_> = changed.drain(..taken).collect();
        drop(changed);
        if listed.is_empty() {
            return None;
        }
        let take = |outbox: Arc<Outbox>| {
            let update = outbox.lock().unsaved.take();
            update.map(|update| (update, outbox))
        };
        Some(WriteBatch::new(listed.into_iter().filter_map(take)))
    }

    /// Records that a batch was written.
    pub(crate) fn saved(&self, batch: &OutboxBatch) {
        for (update, outbox) in batch.iter() {
            self.saved_one(update, outbox);
        }
    }

    fn saved_one(&self, update: &ConversationUpdate, outbox: &Arc<Outbox>) {
        let must_list = outbox.lock().unsaved.saved();
        self.release_messages(update.messages.len());
        if must_list {
            self.list(Arc::clone(outbox));
        }
    }

    /// Keeps the updates of a batch that could not be written.
    pub(crate) fn put_back(&self, batch: &OutboxBatch) {
        for (update, outbox) in batch.iter() {
            self.put_back_one(update, outbox);
        }
    }

    fn put_back_one(&self, update: &ConversationUpdate, outbox: &Arc<Outbox>) {
        let must_list = outbox.lock().unsaved.put_back(update.clone());
        if must_list {
            self.list(Arc::clone(outbox));
        }
    }

    /// Settles a batch of which some updates were written, and others failed. Returns whether an
    /// update was written.
    pub(crate) fn saved_except(
        &self,
        batch: &OutboxBatch,
        failed: &FailedUpdates,
        error: &StoreError,
    ) -> bool {
        let now = TokioInstant::now();
        let mut has_written = false;
        for (position, (update, outbox)) in batch.iter().enumerate() {
            if failed.refused.contains(&position) {
                self.refuse_one(update, outbox, error, now);
            } else if failed.delayed.contains(&position) {
                self.put_back_one(update, outbox);
            } else {
                self.saved_one(update, outbox);
                has_written = true;
            }
        }
        has_written
    }

    /// Keeps the updates of a batch that the store refused although it accepted others. An update
    /// that is refused repeatedly is counted as unsaved, and dropped.
    pub(crate) fn refused(&self, batch: &OutboxBatch, error: &StoreError) {
        let now = TokioInstant::now();
        for (update, outbox) in batch.iter() {
            self.refuse_one(update, outbox, error, now);
        }
    }

    fn refuse_one(
        &self,
        update: &ConversationUpdate,
        outbox: &Arc<Outbox>,
        error: &StoreError,
        now: TokioInstant,
    ) {
        let interval = self.tracker.flush_interval();
        let mut state = outbox.lock();
        if !state.unsaved.count_refusal(now, interval) {
            drop(state);
            return self.put_back_one(update, outbox);
        }
        let must_list = state.unsaved.drop_taken(update);
        drop(state);
        if must_list {
            self.list(Arc::clone(outbox));
        }
        self.count_lost(update, "the store refused it repeatedly");
        self.tracker.count_refused_update();
        reentrancy::log(|| {
            tracing::warn!(
                %error,
                "the conversation store refused an update of a conversation repeatedly, so the \
                 update was dropped"
            );
        });
    }

    pub(crate) fn request_end(&self, job: EndJob) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        if ends.len() < MAX_ENDS && !self.is_closed.load(Ordering::Relaxed) {
            ends.push(job);
            return;
        }
        drop(ends);
        self.send_without_count(job);
    }

    /// Removes and returns the Conversation Ended events that were requested.
    pub(crate) fn take_ends(&self) -> Vec<EndJob> {
        std::mem::take(&mut *self.ends.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends a Conversation Ended event whose number of messages is unknown. Does nothing if this
    /// process knows no messages that the previous end does not include.
    pub(crate) fn send_without_count(&self, job: EndJob) {
        if job.has_nothing_to_end() {
            job.cancel();
            return;
        }
        let number = job.outbox.ends().saturating_add(1);
        job.outbox.change(|update| update.ended = Some(number));
        self.tracker.count_uncounted_end();
        job.send(NumberedEnd {
            number,
            message_count: None,
        });
    }

    /// Stops accepting changes. Counts the changes that are not known to be written, and those of
    /// `unwritten`.
    pub(crate) fn close(&self, unwritten: impl IntoIterator<Item = OutboxBatch>) {
        // `add` checks `is_closed` under the same lock, so it adds no outbox afterwards.
        let changed = self.changed();
        self.is_closed.store(true, Ordering::Relaxed);
        drop(changed);
        for job in self.take_ends() {
            self.send_without_count(job);
        }
        // Each outbox refers to `self`, and `self` keeps the tracker alive.
        let listed = std::mem::take(&mut *self.changed());
        for outbox in listed {
            self.lose_all(&outbox);
        }
        for batch in unwritten {
            for (update, outbox) in batch.iter() {
                self.count_lost(update, "the conversations were closed");
                self.lose_all(outbox);
            }
        }
    }

    /// Returns the number of messages that wait to be written or are being written.
    #[cfg(test)]
    pub(crate) fn waiting_messages(&self) -> usize {
        self.unsaved_messages.load(Ordering::Relaxed)
    }

    fn changed(&self) -> MutexGuard<'_, VecDeque<Arc<Outbox>>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
