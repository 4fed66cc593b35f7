//! The shared state of a conversation.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::conversation::conversation_state::{Continued, ConversationState};
use crate::conversation::identity_snapshot::{ContextOfTurn, IdentitySnapshot};
use crate::conversation::message_log::MessageLog;
use crate::delivery::envelope::Identity;
use crate::event::context::event_context::Context;
use crate::event::identified_users::IdentifiedUsers;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::latest_messages::LatestMessages;
use crate::event::ids::message_id::MessageId;
use crate::event::sampling::SampleRate;
use crate::privacy::content::Content;
use crate::store::outbox::Outbox;
use crate::tracker::tracker::Tracker;

/// The state that all handles to a conversation share.
///
/// A service can keep a million of these in memory, so rarely used parts are allocated only when
/// they are needed, and values that change together share a lock.
#[derive(Debug)]
pub(crate) struct ConversationCore {
    pub(super) tracker: Tracker,
    shard: u8,
    /// Whether sampling selects this conversation.
    pub(super) is_sampled: bool,
    /// The least strict content policy that the conversation can have. In a turn of another
    /// process, this is the policy of that process.
    pub(super) content_floor: Content,
    /// Whether another process counts the messages.
    pub(super) is_continued: bool,
    current: Mutex<Current>,
    /// The number of changes to the current identity.
    pub(super) changes: AtomicU64,
    /// The users and traits that were recently sent in Identify calls, if there are any.
    pub(super) identified: Mutex<Option<Box<IdentifiedUsers>>>,
    pub(super) id: ConversationId,
    pub(super) started: OnceLock<()>,
    pub(super) sent: AtomicU64,
    pub(super) received: AtomicU64,
    /// The `message_count` of the latest Conversation Ended event plus one, or 0 if none has been
    /// sent.
    pub(super) ended_at: AtomicU64,
    /// The number of messages that had been counted when the conversation last ended, plus one.
    pub(super) messages_at_end: AtomicU64,
    pub(super) messages: MessageLog,
}

/// The data that later events get.
#[derive(Debug)]
struct Current {
    /// Each change replaces the `Arc`, so that queued events keep their user and policy.
    identity: Arc<Identity>,
    /// The context that the application set for the conversation, without the tracker's.
    context: Option<Arc<Context>>,
    /// The context of the latest request. It is below `context`.
    request: Option<Arc<Context>>,
}

impl ConversationCore {
    pub(super) fn new(tracker: Tracker, state: ConversationState) -> Self {
        let continued = state.continued;
        let is_sampled = match continued {
            Some(continued) => continued.is_sampled,
            None => tracker.sample_rate().takes(&state.conversation_id),
        };
        let content_floor = continued.map_or(Content::Full, |continued| continued.content);
        let started = OnceLock::new();
        if state.started {
            let _ = started.set(());
        }
        let plus_one = |count: Option<u64>| count.map_or(0, |count| count.saturating_add(1));
        let ended_at = plus_one(state.ended_at);
        let messages_at_end = plus_one(state.messages_at_end.or(state.ended_at));
        let context = tracker.merged_context(state.context.as_ref());
        Self {
            shard: tracker.next_shard(),
            is_sampled,
            is_continued: continued.is_some(),
            content_floor,
            tracker,
            current: Mutex::new(Current {
                identity: Arc::new(Identity {
                    user: state.user,
                    conversation: Some(state.conversation_id.clone()),
                    content: state.content.max(content_floor),
                    consent: state.consent.map(Arc::new),
                    context,
                    sample_rate: continued.map(|continued| continued.sample_rate),
                }),
                context: state.context.map(Arc::new),
                request: None,
            }),
            changes: AtomicU64::new(0),
            identified: Mutex::default(),
            id: state.conversation_id,
            started,
            sent: AtomicU64::new(state.messages_sent),
            received: AtomicU64::new(state.messages_received),
            ended_at: AtomicU64::new(ended_at),
            messages_at_end: AtomicU64::new(messages_at_end),
            messages: MessageLog::local(LatestMessages::new(state.latest_message_id)),
        }
    }

    /// Returns the state that is needed to continue the conversation elsewhere.
    pub(super) fn state(&self) -> ConversationState {
        let (identity, context) = {
            let current = self.current();
            (Arc::clone(&current.identity), current.context.clone())
        };
        ConversationState {
            conversation_id: self.id.clone(),
            user: identity.user.clone(),
            identified: self.has_identified(&identity.user),
            started: self.started.get().is_some(),
            messages_sent: self.sent.load(Ordering::Relaxed),
            messages_received: self.received.load(Ordering::Relaxed),
            ended_at: self.ended_at.load(Ordering::Relaxed).checked_sub(1),
            messages_at_end: self.messages_at_end.load(Ordering::Relaxed).checked_sub(1),
            latest_message_id: self.latest_message(),
            content: identity.content,
            consent: identity.consent.as_deref().cloned(),
            context: context.map(Arc::unwrap_or_clone),
            continued: self.is_continued.then(|| Continued {
                is_sampled: self.is_sampled,
                sample_rate: identity.sample_rate.unwrap_or(SampleRate::ALL),
                content: self.content_floor,
            }),
        }
    }

    /// Changes the identity of later events. Queued events keep their identity.
    pub(super) fn change(&self, change: impl FnOnce(&mut Identity)) {
        self.change_if(|_| Some(Some(change)));
    }

    /// Calls a closure with the identity, and changes the identity of later events, if the closure
    /// returns a change. Both happen in one step. Returns the identity, or `None` if the closure
    /// returns `None`.
    pub(super) fn change_if<C: FnOnce(&mut Identity)>(
        &self,
        decide: impl FnOnce(&Identity) -> Option<Option<C>>,
    ) -> Option<Arc<Identity>> {
        let mut current = self.current();
        if let Some(change) = decide(&current.identity)? {
            change(Arc::make_mut(&mut current.identity));
            self.changes.fetch_add(1, Ordering::Release);
        }
        Some(Arc::clone(&current.identity))
    }

    /// Returns the current identity and its version.
    pub(crate) fn snapshot(&self) -> IdentitySnapshot {
        self.snapshot_of(&self.current())
    }

    fn snapshot_of(&self, current: &Current) -> IdentitySnapshot {
        IdentitySnapshot {
            // The identity cannot change here, because the lock is held.
            changes: self.changes.load(Ordering::Acquire),
            identity: Arc::clone(&current.identity),
            context_of_turn: None,
        }
    }

    /// Returns the current identity and its version, with the contexts of a turn added.
    pub(super) fn snapshot_with(&self, context: Arc<ContextOfTurn>) -> IdentitySnapshot {
        let (snapshot, own) = {
            let current = self.current();
            (self.snapshot_of(&current), current.context.clone())
        };
        let with_request = |request: &_| self.context_with_request(request, own.as_ref());
        let identity = context.added_to(&snapshot.identity, snapshot.changes, with_request);
        IdentitySnapshot {
            identity,
            context_of_turn: Some(context),
            ..snapshot
        }
    }

    /// Sets the context of later events.
    pub(super) fn set_context(&self, context: Context) {
        match self.outbox() {
            Some(outbox) => outbox.change(|update| {
                update.context = Some(context.clone());
                self.replace_context(context);
            }),
            None => self.replace_context(context),
        }
    }

    /// Sets the context of later events without writing it to the store.
    pub(super) fn replace_context(&self, context: Context) {
        let mut current = self.current();
        let below = Context::merged(self.tracker.context().into_iter().chain(&current.request));
        let merged = match below {
            Some(below) => below.merged_with(&context),
            None => context.clone(),
        };
        current.context = Some(Arc::new(context));
        Arc::make_mut(&mut current.identity).context = Some(self.tracker.fitted(merged));
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// Sets the context of the latest request.
    pub(super) fn set_request_context(&self, context: Context) {
        let request = self.tracker.fitted(context);
        let mut current = self.current();
        let merged = self.context_with_request(&request, current.context.as_ref());
        current.request = Some(request);
        Arc::make_mut(&mut current.identity).context = merged;
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// Returns the context of the conversation as if `request` were that of its latest request.
    /// `own` is the context that the application set.
    fn context_with_request(
        &self,
        request: &Arc<Context>,
        own: Option<&Arc<Context>>,
    ) -> Option<Arc<Context>> {
        let contexts = [self.tracker.context(), Some(request), own];
        Context::merged(contexts.into_iter().flatten())
    }

    /// Returns the context that the application set for the conversation, without the tracker's.
    pub(super) fn own_context(&self) -> Option<Context> {
        self.current().context.as_deref().cloned()
    }

    /// Returns the current identity and its version. If `snapshot` is up to date, this method takes
    /// no lock.
    pub(crate) fn renewed_snapshot(&self, snapshot: &IdentitySnapshot) -> IdentitySnapshot {
        if self.changes.load(Ordering::Acquire) == snapshot.changes {
            return snapshot.clone();
        }
        match &snapshot.context_of_turn {
            Some(context) => self.snapshot_with(Arc::clone(context)),
            None => self.snapshot(),
        }
    }

    /// Returns whether `other` is the same conversation of the same tracker. A conversation that
    /// was resumed more than once has several cores.
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || (self.id == other.id && self.tracker.is_same(&other.tracker))
    }

    pub(crate) fn latest_message(&self) -> Option<MessageId> {
        self.messages.with(|messages| messages.latest.clone())
    }

    /// Returns the changes that must be written to the store, if there is one.
    pub(super) fn outbox(&self) -> Option<&Arc<Outbox>> {
        self.messages.outbox()
    }

    pub(crate) fn new_message_id(&self) -> MessageId {
        MessageId::from_uuid(self.tracker.id_and_clock().uuid())
    }

    pub(super) fn identity(&self) -> Arc<Identity> {
        Arc::clone(&self.current().identity)
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the queue shard for the events of the conversation.
    pub(super) fn shard(&self) -> usize {
        usize::from(self.shard)
    }

    pub(crate) fn id(&self) -> &ConversationId {
        &self.id
    }

    pub(crate) fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// Returns `true` if Conversation Ended was sent and no message has been counted since then.
    pub(super) fn is_ended(&self) -> bool {
        self.messages_at_end.load(Ordering::Relaxed) == self.message_count().saturating_add(1)
    }

    /// Returns the number of messages of the whole conversation, or 0 if another process counts
    /// them.
    pub(super) fn total_message_count(&self) -> u64 {
        if self.is_continued {
            return 0;
        }
        self.message_count()
    }

    /// Returns the total number of messages that the customer sent and received, as far as this
    /// handle knows.
    pub(super) fn message_count(&self) -> u64 {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        count(&self.sent).saturating_add(count(&self.received))
    }
}
