//! The changes of one conversation that have not been written to the store, and its requested ends.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::time::Instant as TokioInstant;

use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::latest_messages::LatestMessages;
use crate::event::ids::message_id::MessageId;
use crate::store::conversation_update::{ConversationUpdate, CountedMessage};
use crate::store::numbered_end::{NumberedEnd, SendEnd};
use crate::store::outbox_queue::{NotAdded, OutboxQueue};
use crate::store::store_error::StoreError;
use crate::store::unsaved::{Unsaved, UnsavedSnapshot};
use crate::util::reentrancy;

/// The changes of one conversation that have not been written to the store.
///
/// A caller locks only this outbox. The first change after a write also adds the outbox to the
/// queue of those that have changes. The latest messages of the conversation have the same lock,
/// because each new message is also a change.
#[derive(Debug)]
pub(crate) struct Outbox {
    id: ConversationId,
    queue: Arc<OutboxQueue<Arc<Outbox>, EndJob>>,
    /// The number of Conversation Ended events that this process knows of.
    ends: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    unsaved: Unsaved,
    messages: LatestMessages,
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
    pub(crate) fn new(id: ConversationId, queue: Arc<OutboxQueue<Arc<Self>, EndJob>>) -> Arc<Self> {
        Arc::new(Self {
            id,
            queue,
            ends: AtomicU64::new(0),
            state: Mutex::new(State {
                unsaved: Unsaved::default(),
                messages: LatestMessages::with_recent(),
                ends: None,
            }),
        })
    }

    pub(crate) fn id(&self) -> &ConversationId {
        &self.id
    }

    /// Adds a message that counts, unless it is repeated. Calls `count` if the message is new.
    /// Returns whether it is.
    #[inline]
    pub(crate) fn add_message(
        self: &Arc<Self>,
        id: &MessageId,
        from_customer: bool,
        count: impl FnOnce(),
    ) -> bool {
        let mut state = self.lock();
        let State {
            messages, unsaved, ..
        } = &mut *state;
        let Some(is_latest) = messages.add(id, from_customer) else {
            return false;
        };
        // A thread that finds the message in the update must also find it in the count.
        count();
        if !self.queue.reserve_message() {
            return true;
        }
        let update = unsaved.update(&self.id);
        if is_latest {
            update.latest_message_id = Some(id.clone());
        }
        update.add_message(id, from_customer);
        let must_queue = unsaved.changed();
        drop(state);
        if must_queue {
            self.add_to_queue();
        }
        true
    }

    /// Adds a message that counts, and to which no other event refers.
    pub(crate) fn add_unreferenced(self: &Arc<Self>, id: &MessageId, from_customer: bool) {
        if self.queue.reserve_message() {
            let message = CountedMessage::new(id.clone(), from_customer);
            self.change(|update| update.messages.push(message));
        }
    }

    /// Calls a closure with the latest messages of the conversation.
    pub(crate) fn with_messages<T>(
        &self,
        use_messages: impl FnOnce(&mut LatestMessages) -> T,
    ) -> T {
        use_messages(&mut self.lock().messages)
    }

    /// Changes the next update. The closure is called under the lock of the outbox. It can change
    /// the conversation itself, so that both changes are visible to [`with_unsaved`] together.
    ///
    /// [`with_unsaved`]: Self::with_unsaved
    pub(crate) fn change(self: &Arc<Self>, change: impl FnOnce(&mut ConversationUpdate)) {
        self.change_if(|| ((), Some(change)));
    }

    /// Calls a closure under the lock of the outbox. If it returns a change, changes the next
    /// update. Returns the closure's result.
    pub(crate) fn change_if<T, C: FnOnce(&mut ConversationUpdate)>(
        self: &Arc<Self>,
        decide: impl FnOnce() -> (T, Option<C>),
    ) -> T {
        let mut state = self.lock();
        let (result, change) = decide();
        let Some(change) = change else {
            return result;
        };
        change(state.unsaved.update(&self.id));
        let must_queue = state.unsaved.changed();
        drop(state);
        if must_queue {
            self.add_to_queue();
        }
        result
    }

    /// Adds the outbox to the queue. If there is no room, counts the changes as unsaved.
    #[cold]
    fn add_to_queue(self: &Arc<Self>) {
        let has_privacy = self.lock().unsaved.has_privacy();
        match self.queue.add(Arc::clone(self), has_privacy) {
            Ok(()) => {}
            Err(NotAdded::Full) => {
                let lost = self.lock().unsaved.drop_changes();
                if let Some(lost) = lost {
                    let reason = "too many conversations have changes";
                    self.queue.count_lost(&lost, reason);
                }
            }
            Err(NotAdded::Closed) => self.lose_all(),
        }
    }

    /// Adds the outbox to the queue without a limit.
    fn add_to_queue_again(self: &Arc<Self>) {
        if self.queue.add_again(Arc::clone(self)).is_err() {
            self.lose_all();
        }
    }

    /// Counts all changes as unsaved, except those that are being written.
    pub(super) fn lose_all(&self) {
        let lost = self.lock().unsaved.drop_all();
        for lost in lost {
            self.queue
                .count_lost(&lost, "the conversations were closed");
        }
    }

    /// Removes and returns the update that must be written next.
    pub(super) fn take(&self) -> Option<ConversationUpdate> {
        self.lock().unsaved.take()
    }

    /// Records that an update was written. Returns whether an update that was dropped before must
    /// be written now.
    pub(super) fn saved(self: &Arc<Self>, update: &ConversationUpdate) -> bool {
        let mut state = self.lock();
        let must_queue = state.unsaved.saved();
        let has_due = state.unsaved.has_due();
        drop(state);
        self.queue.release_messages(update.messages.len());
        if must_queue {
            self.add_to_queue_again();
        }
        has_due
    }

    /// Keeps an update that could not be written.
    pub(super) fn put_back(self: &Arc<Self>, update: &ConversationUpdate) {
        let must_queue = self.lock().unsaved.put_back(update.clone());
        if must_queue {
            self.add_to_queue_again();
        }
    }

    /// Keeps an update that the store refused. If the store has refused it repeatedly, counts the
    /// update as unsaved, and drops it.
    pub(super) fn refused(
        self: &Arc<Self>,
        update: &ConversationUpdate,
        error: &StoreError,
        now: TokioInstant,
    ) {
        if update.late_since.is_some() {
            return self.refused_late(update, error, now);
        }
        let interval = self.queue.tracker().flush_interval();
        let mut state = self.lock();
        if !state.unsaved.count_refusal(now, interval) {
            drop(state);
            return self.put_back(update);
        }
        let must_queue = state.unsaved.drop_taken(update);
        drop(state);
        if must_queue {
            self.add_to_queue_again();
        }
        self.queue
            .count_lost(update, "the store refused it repeatedly");
        self.queue.tracker().count_refused_update();
        reentrancy::log(|| {
            tracing::warn!(
                %error,
                "the conversation store refused an update of a conversation repeatedly, so the \
                 update was dropped"
            );
        });
    }

    /// Keeps an update that the store refused, and that was dropped and counted before. If the
    /// store has refused it repeatedly since then, the update is not written any more.
    fn refused_late(
        self: &Arc<Self>,
        update: &ConversationUpdate,
        error: &StoreError,
        now: TokioInstant,
    ) {
        let (must_queue, is_given_up) = self.lock().unsaved.refuse_late(update, now);
        if must_queue {
            self.add_to_queue_again();
        }
        if is_given_up {
            reentrancy::log(|| {
                tracing::warn!(
                    %error,
                    "the conversation store refused the user, the context, the consent, or the \
                     content policy of a dropped update repeatedly, so it is not written any more"
                );
            });
        }
    }

    /// Returns a copy of the changes that are not in the store, as far as this process knows.
    pub(crate) fn snapshot(&self) -> UnsavedSnapshot {
        self.lock().unsaved.snapshot()
    }

    #[cfg(test)]
    pub(crate) fn unsaved(&self) -> Option<ConversationUpdate> {
        self.snapshot().changes
    }

    /// Calls a closure with the result of [`snapshot`](Self::snapshot) and the latest messages,
    /// under the lock of the outbox.
    pub(crate) fn with_unsaved<T>(
        &self,
        use_unsaved: impl FnOnce(UnsavedSnapshot, &mut LatestMessages) -> T,
    ) -> T {
        let mut state = self.lock();
        let unsaved = state.unsaved.snapshot();
        use_unsaved(unsaved, &mut state.messages)
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
        let job = EndJob {
            outbox: Arc::clone(self),
            requested: Instant::now(),
            messages,
            has_newer: false,
            send,
        };
        job.request();
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
    /// Adds the job to the queue. If there is no room, sends the event without a number of
    /// messages.
    pub(crate) fn request(self) {
        let queue = Arc::clone(&self.outbox.queue);
        if let Err(job) = queue.add_end(self) {
            job.send_without_count();
        }
    }

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

    /// Sends the event without a number of messages. Does nothing if this process knows no messages
    /// that the previous end does not include.
    pub(crate) fn send_without_count(self) {
        if self.has_nothing_to_end() {
            self.cancel();
            return;
        }
        let number = self.outbox.ends().saturating_add(1);
        self.outbox.change(|update| update.ended = Some(number));
        self.outbox.queue.tracker().count_uncounted_end();
        self.send(NumberedEnd {
            number,
            message_count: None,
        });
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
