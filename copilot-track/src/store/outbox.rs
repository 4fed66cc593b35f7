//! The changes of conversations that have not been written to the store.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::store::conversation_update::{ConversationUpdate, CountedMessage};
use crate::store::numbered_end::{NumberedEnd, SendEnd};
use crate::tracker::tracker::Tracker;
use crate::util::random;

/// The maximum number of messages that wait to be written. Their ids use at most about 10 MB.
const MAX_UNSAVED_MESSAGES: usize = 100_000;
/// The maximum number of conversations with changes.
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
    unsaved: Mutex<Unsaved>,
}

#[derive(Debug, Default)]
struct Unsaved {
    /// The changes since the last write.
    changes: Option<Box<ConversationUpdate>>,
    /// The changes that are being written, without their messages.
    in_flight: Option<Box<ConversationUpdate>>,
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

impl Unsaved {
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
            unsaved: Mutex::default(),
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
        let mut unsaved = self.lock();
        if let Some(update) = &mut unsaved.changes {
            change(update);
            return;
        }
        let mut update = Box::new(new_update(self.id.clone()));
        change(&mut update);
        unsaved.changes = Some(update);
        drop(unsaved);
        self.outboxes.add(Arc::clone(self));
    }

    /// Removes and returns the changes, which are written next.
    pub(super) fn take(&self) -> Option<ConversationUpdate> {
        let mut unsaved = self.lock();
        let update = *unsaved.changes.take()?;
        if update.has_changes() {
            unsaved.in_flight = Some(Box::new(update.without_messages()));
        }
        Some(update)
    }

    /// Records that the changes that were taken last have been written.
    pub(super) fn saved(&self) {
        self.lock().in_flight = None;
    }

    /// Returns a copy of the changes that have not been written, or that are being written.
    pub(crate) fn unsaved(&self) -> Option<ConversationUpdate> {
        let unsaved = self.lock();
        let newer = unsaved.changes.as_deref();
        match (unsaved.in_flight.as_deref(), newer) {
            (Some(older), Some(newer)) => Some(newer.clone().or(older)),
            (older, newer) => newer.or(older).cloned(),
        }
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

    fn lock(&self) -> MutexGuard<'_, Unsaved> {
        self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_update(id: ConversationId) -> ConversationUpdate {
    let update_id = random::uuid(u64::from(std::process::id())).simple();
    ConversationUpdate::new(id, update_id.to_string())
}

/// A Conversation Ended event that waits for its claim.
pub(crate) struct EndJob {
    pub(crate) outbox: Arc<Outbox>,
    /// The time at which the application ended the conversation.
    pub(crate) requested: Instant,
    /// The number of messages that this process knew at that time.
    messages: u64,
    send: SendEnd,
}

impl EndJob {
    /// Returns whether this process has not sent an end with this or a higher number.
    pub(crate) fn is_next(&self, number: u64) -> bool {
        number > self.outbox.ends()
    }

    /// Returns whether an end was sent after the same number of messages.
    pub(crate) fn is_repeated(&self) -> bool {
        let unsaved = self.outbox.lock();
        let sent = unsaved.ends.as_ref().and_then(|ends| ends.sent);
        sent == Some(self.messages)
    }

    /// Sends the event.
    pub(crate) fn send(self, end: NumberedEnd) {
        self.outbox.record_end(end.number, self.messages);
        self.settle();
        (self.send)(end);
    }

    /// Drops the job without sending the event.
    pub(crate) fn cancel(self) {
        self.settle();
    }

    /// Records that the job no longer waits.
    fn settle(&self) {
        let mut unsaved = self.outbox.lock();
        let pending = &mut unsaved.ends_mut().pending;
        pending.take_if(|messages| *messages == self.messages);
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

/// Changes that are written together.
#[derive(Debug)]
pub(crate) struct WriteBatch {
    pub(crate) updates: Arc<Vec<ConversationUpdate>>,
    outboxes: Vec<Arc<Outbox>>,
}

/// The changes of all conversations that have not been written to the store, and the Conversation
/// Ended events that wait for their claims.
#[derive(Debug)]
pub(crate) struct Outboxes {
    tracker: Tracker,
    changed: Mutex<Vec<Arc<Outbox>>>,
    ends: Mutex<Vec<EndJob>>,
    /// The number of messages that wait to be written or are being written.
    unsaved_messages: AtomicUsize,
    /// Whether nothing is written any more.
    is_closed: AtomicBool,
}

impl Outboxes {
    pub(crate) fn new(tracker: Tracker) -> Arc<Self> {
        Arc::new(Self {
            tracker,
            changed: Mutex::default(),
            ends: Mutex::default(),
            unsaved_messages: AtomicUsize::new(0),
            is_closed: AtomicBool::new(false),
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

    /// Adds an outbox that has changes.
    pub(super) fn add(&self, outbox: Arc<Outbox>) {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        if changed.len() < MAX_CHANGED && !self.is_closed.load(Ordering::Relaxed) {
            changed.push(outbox);
            return;
        }
        drop(changed);
        let lost = outbox.take().map_or(0, |update| update.messages.len());
        self.release_messages(lost);
        self.tracker.count_unsaved_messages(lost as u64);
    }

    /// Removes and returns the changes of at most `limit` conversations.
    pub(crate) fn take(&self, limit: usize) -> Option<WriteBatch> {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = limit.min(changed.len());
        let outboxes: Vec<_> = changed.drain(..taken).collect();
        drop(changed);
        if outboxes.is_empty() {
            return None;
        }
        let updates = outboxes.iter().filter_map(|outbox| outbox.take());
        Some(WriteBatch {
            updates: Arc::new(updates.collect()),
            outboxes,
        })
    }

    /// Records that a batch was written.
    pub(crate) fn saved(&self, batch: &WriteBatch) {
        for outbox in &batch.outboxes {
            outbox.saved();
        }
        let messages = batch.updates.iter().map(|update| update.messages.len());
        self.release_messages(messages.sum());
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
    /// process knows no messages, or if it already sent an end after the same number of messages.
    pub(crate) fn send_without_count(&self, job: EndJob) {
        if job.messages == 0 || job.is_repeated() {
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

    /// Stops accepting changes. Counts the messages that were not written.
    pub(crate) fn close(&self) {
        // `add` checks `is_closed` under the same lock, so it adds no outbox afterwards.
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_closed.store(true, Ordering::Relaxed);
        drop(changed);
        let unsaved = self.unsaved_messages.swap(0, Ordering::Relaxed);
        self.tracker.count_unsaved_messages(unsaved as u64);
        for job in self.take_ends() {
            self.send_without_count(job);
        }
        // Each outbox refers to `self`, and `self` keeps the tracker alive.
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = std::mem::take(&mut *changed);
        drop(changed);
        drop(lost);
    }
}
