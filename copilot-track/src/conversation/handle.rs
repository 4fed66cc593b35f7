//! The handle to a conversation.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use serde::Serialize;

use crate::conversation::identity_snapshot::{EventScope, IdentitySnapshot};
use crate::conversation::state::ConversationState;
use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef, Identity};
use crate::event::ids::{ConversationId, EnvelopeId, MessageId};
use crate::event::spec::{
    ConversationEnded, ConversationStarted, FeedbackSubmitted, MessageReceived, MessageSent,
};
use crate::event::track_event::{Event, MessageTarget, TrackEvent};
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;
use crate::tracker::handle::Tracker;

/// A handle to one conversation: its id, its user, its message counts and its tracker.
///
/// It is cheap to clone, and all clones refer to the same conversation. Conversation Started is
/// sent automatically before the first message.
///
/// Events that belong to a chat message carry the id of the ambient message, if that is one of this
/// conversation, and otherwise the id of the customer's latest message.
#[derive(Clone, Debug)]
pub struct Conversation {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    tracker: Tracker,
    shard: usize,
    /// Whether sampling selects this conversation.
    is_sampled: bool,
    /// Replaced on each change, so that queued events keep their user and policy.
    identity: RwLock<Arc<Identity>>,
    /// The number of changes of `identity`.
    changes: AtomicU64,
    id: ConversationId,
    started: OnceLock<()>,
    sent: AtomicU64,
    received: AtomicU64,
    /// The `message_count` of the latest Conversation Ended, plus one; 0 before the first.
    ended_at: AtomicU64,
    /// The customer's latest message, or before the first one, the copilot's first message.
    latest: Mutex<Option<MessageId>>,
}

impl Tracker {
    /// Creates a conversation with a random id.
    ///
    /// The id is unique, not secret: do not use it as a credential.
    #[must_use]
    pub fn conversation(&self, user: User) -> Conversation {
        let id = ConversationId::from_uuid(self.id_and_clock().uuid());
        self.conversation_with_id(id, user)
    }

    /// Creates a conversation with an id of your application.
    ///
    /// Conversation Started is sent before the first message of this handle. Its envelope id is the
    /// same in every process, so Segment keeps only one. To continue with the counts of another
    /// handle, use [`resume`](Self::resume).
    #[must_use]
    pub fn conversation_with_id(&self, id: ConversationId, user: User) -> Conversation {
        self.resume(ConversationState::new(id, user))
    }

    /// Continues a conversation from a state that [`Conversation::state`] returned.
    #[must_use]
    pub fn resume(&self, state: ConversationState) -> Conversation {
        Conversation::new(self.clone(), state)
    }
}

impl Conversation {
    pub(crate) fn new(tracker: Tracker, state: ConversationState) -> Self {
        let started = OnceLock::new();
        if state.started {
            let _ = started.set(());
        }
        Self {
            inner: Arc::new(Inner {
                shard: tracker.next_shard(),
                is_sampled: tracker.sample_rate().takes(&state.conversation_id),
                tracker,
                identity: RwLock::new(Arc::new(Identity {
                    user: state.user,
                    conversation: Some(state.conversation_id.clone()),
                    content: state.content,
                    consent: state.consent,
                })),
                changes: AtomicU64::new(0),
                id: state.conversation_id,
                started,
                sent: AtomicU64::new(state.messages_sent),
                received: AtomicU64::new(state.messages_received),
                ended_at: AtomicU64::new(state.ended_at.map_or(0, |count| count.saturating_add(1))),
                latest: Mutex::new(state.latest_message_id),
            }),
        }
    }

    /// Returns the id of the conversation.
    #[must_use]
    pub fn id(&self) -> &ConversationId {
        &self.inner.id
    }

    /// Returns the current user.
    #[must_use]
    pub fn user(&self) -> User {
        self.identity().user.clone()
    }

    /// Returns the tracker that sends the events.
    #[must_use]
    pub fn tracker(&self) -> &Tracker {
        &self.inner.tracker
    }

    /// Returns the number of messages that the customer sent and received.
    #[must_use]
    pub fn message_count(&self) -> u64 {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        count(&self.inner.sent).saturating_add(count(&self.inner.received))
    }

    /// Returns the state with which [`Tracker::resume`] continues the conversation, for example in
    /// another process.
    #[must_use]
    pub fn state(&self) -> ConversationState {
        let identity = self.identity();
        ConversationState {
            conversation_id: self.inner.id.clone(),
            user: identity.user.clone(),
            started: self.inner.started.get().is_some(),
            messages_sent: self.inner.sent.load(Ordering::Relaxed),
            messages_received: self.inner.received.load(Ordering::Relaxed),
            ended_at: self.inner.ended_at.load(Ordering::Relaxed).checked_sub(1),
            latest_message_id: self.latest_message(),
            content: identity.content,
            consent: identity.consent.clone(),
        }
    }

    /// Sends Identify, and sets the user of later events.
    ///
    /// An id that `user` does not have keeps its value. If an anonymous user becomes known, for
    /// example, later events carry both ids.
    pub fn identify(&self, user: &User) {
        self.identify_with(user, &serde_json::Map::new());
    }

    /// Does the same as [`identify`](Self::identify), with traits of the user: a map or a struct.
    ///
    /// If the traits are something else, Identify is not sent, and the ledger counts it as invalid.
    pub fn identify_with(&self, user: &User, traits: &(impl Serialize + ?Sized)) {
        let identity = self.change(|identity| identity.user = identity.user.merged_with(user));
        self.inner
            .tracker
            .identify_as(self.inner.shard, &identity, traits);
    }

    /// Sets how much of the conversation is sent from now on. A stricter policy of the tracker
    /// stays in force.
    pub fn set_content(&self, content: Content) {
        self.change(|identity| identity.content = content);
    }

    /// Sets the customer's consent. Later events carry it as `context.consent`.
    pub fn set_consent(&self, consent: Consent) {
        self.change(|identity| identity.consent = Some(consent));
    }

    /// Changes the identity of later events. Queued events keep theirs.
    fn change(&self, change: impl FnOnce(&mut Identity)) -> Arc<Identity> {
        let mut current = self
            .inner
            .identity
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut current));
        self.inner.changes.fetch_add(1, Ordering::Release);
        Arc::clone(&current)
    }

    /// Returns the current identity and its version.
    pub(crate) fn snapshot(&self) -> IdentitySnapshot {
        let identity = self.inner.identity.read();
        let identity = identity.unwrap_or_else(PoisonError::into_inner);
        IdentitySnapshot {
            // The lock is held, so the identity does not change in between.
            changes: self.inner.changes.load(Ordering::Acquire),
            identity: Arc::clone(&identity),
        }
    }

    /// Returns whether both are the same conversation, possibly resumed twice.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.inner.id == other.inner.id
    }

    pub(crate) fn latest_message(&self) -> Option<MessageId> {
        self.latest().clone()
    }

    fn latest(&self) -> std::sync::MutexGuard<'_, Option<MessageId>> {
        self.inner
            .latest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn new_message_id(&self) -> MessageId {
        MessageId::from_uuid(self.inner.tracker.id_and_clock().uuid())
    }

    fn identity(&self) -> Arc<Identity> {
        let identity = self.inner.identity.read();
        Arc::clone(&identity.unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends a message and returns its id: the one that was set on it, or a new one.
    pub(crate) fn message(&self, mut event: Event) -> MessageId {
        let id = match &event.message {
            MessageTarget::Id(id) => id.clone(),
            MessageTarget::Ambient | MessageTarget::None => self.new_message_id(),
        };
        event.message = MessageTarget::Id(id.clone());
        self.emit(EventScope::default(), event);
        id
    }

    /// Sends an event. It belongs to the message of `scope`, unless another one was set on it.
    ///
    /// The rules of the spec (start a conversation once, count messages, end it once per count) are
    /// applied here, by the name of the event, whatever its type is.
    pub(crate) fn emit(&self, scope: EventScope<'_>, mut event: Event) {
        if !self.inner.tracker.is_enabled() {
            return;
        }
        // The method may be the application's, and may panic.
        let Ok(name) = catch_unwind(AssertUnwindSafe(|| event.name())) else {
            return self.inner.tracker.refuse("its `name` method panicked");
        };
        if !self.inner.is_sampled && name != FeedbackSubmitted::NAME {
            self.inner.tracker.count_sampled_out();
            return;
        }
        match name.as_ref() {
            ConversationStarted::NAME => return self.begin(event),
            ConversationEnded::NAME => {
                let count = self.message_count().saturating_add(1);
                if self.inner.ended_at.swap(count, Ordering::Relaxed) == count {
                    return;
                }
                event.message = MessageTarget::None;
            }
            MessageSent::NAME => self.count_message(&mut event, &self.inner.sent, true),
            MessageReceived::NAME => self.count_message(&mut event, &self.inner.received, false),
            _ => {}
        }
        let id = self.inner.tracker.id_and_clock().envelope_id();
        self.push(id, scope, event);
    }

    fn begin(&self, mut event: Event) {
        self.inner.started.get_or_init(|| {
            event.message = MessageTarget::None;
            // The envelope id is the same in every process, so Segment keeps only one.
            let tracker = &self.inner.tracker;
            let key = tracker.write_key();
            let id = if key.is_empty() {
                // Without a write key, events of different sources would get the same id.
                tracker.id_and_clock().envelope_id()
            } else {
                let id = EnvelopeId::derived(key, ConversationStarted::NAME, &self.inner.id);
                Some(Box::new(id))
            };
            self.push(id, EventScope::default(), event);
        });
    }

    fn count_message(&self, event: &mut Event, counter: &AtomicU64, from_customer: bool) {
        if self.inner.started.get().is_none() {
            let mut started = ConversationStarted::new().into_event();
            // If the message has an earlier timestamp, so has the start of the conversation.
            started.timestamp = event.timestamp;
            self.begin(started);
        }
        counter.fetch_add(1, Ordering::Relaxed);
        if event.has(crate::event::properties::MESSAGE_ID) {
            return;
        }
        let id = match &event.message {
            MessageTarget::Id(id) => id.clone(),
            MessageTarget::Ambient | MessageTarget::None => self.new_message_id(),
        };
        let mut latest = self.latest();
        if from_customer || latest.is_none() {
            *latest = Some(id.clone());
        }
        event.message = MessageTarget::Id(id);
    }

    fn push(&self, id: Option<Box<EnvelopeId>>, scope: EventScope<'_>, event: Event) {
        let message_id = match &event.message {
            MessageTarget::Id(id) => Some(id),
            MessageTarget::None => None,
            MessageTarget::Ambient if event.has(crate::event::properties::MESSAGE_ID) => None,
            MessageTarget::Ambient => scope.message_id,
        };
        let changes = self.inner.changes.load(Ordering::Acquire);
        let now;
        let identity = match scope.snapshot {
            Some(snapshot) if snapshot.changes == changes => &snapshot.identity,
            _ => {
                now = self.identity();
                &now
            }
        };
        let tracker = &self.inner.tracker;
        tracker.push(
            self.inner.shard,
            EventContextRef {
                identity: Some(identity),
                message_id,
            },
            Envelope {
                id,
                timestamp: event
                    .timestamp
                    .unwrap_or_else(|| tracker.id_and_clock().now()),
                call: ApiCall::Track {
                    payload: event.payload,
                    settings: event.settings,
                },
            },
        );
    }
}
