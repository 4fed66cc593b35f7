//! One conversation with one user.

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

/// A handle on one conversation: its id, its user, its counts, its tracker.
///
/// Cheap to clone; all clones are the same conversation. Conversation Started is sent by itself
/// before the first message.
///
/// Events that belong to a chat message take the id of the one that is ambient here, if it is this
/// conversation's, and else of the customer's latest.
#[derive(Clone, Debug)]
pub struct Conversation {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    tracker: Tracker,
    shard: usize,
    /// Whether sampling leaves it in.
    is_sampled: bool,
    /// Replaced when the user becomes known, so that earlier events keep the earlier user.
    identity: RwLock<Arc<Identity>>,
    /// How often that happened.
    changes: AtomicU64,
    id: ConversationId,
    started: OnceLock<()>,
    sent: AtomicU64,
    received: AtomicU64,
    /// The count of messages that the latest Conversation Ended told, plus one; 0 before it.
    ended_at: AtomicU64,
    /// The customer's latest message or, before the first, the copilot's.
    latest: Mutex<Option<MessageId>>,
}

impl Tracker {
    /// A new conversation, under a random id.
    #[must_use]
    pub fn conversation(&self, user: User) -> Conversation {
        let id = ConversationId::from_uuid(self.id_and_clock().uuid());
        self.conversation_with_id(id, user)
    }

    /// A conversation that your application has an id for.
    ///
    /// Conversation Started is sent before its first message here, under an envelope id that is the
    /// same in every process: Segment keeps one. Use [`resume`](Self::resume) to go on counting.
    #[must_use]
    pub fn conversation_with_id(&self, id: ConversationId, user: User) -> Conversation {
        self.resume(ConversationState::new(id, user))
    }

    /// A conversation that goes on from where [`Conversation::state`] was taken.
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

    /// The conversation's id.
    #[must_use]
    pub fn id(&self) -> &ConversationId {
        &self.inner.id
    }

    /// The user, as known by now.
    #[must_use]
    pub fn user(&self) -> User {
        self.identity().user.clone()
    }

    /// The tracker that its events go to.
    #[must_use]
    pub fn tracker(&self) -> &Tracker {
        &self.inner.tracker
    }

    /// How many messages were sent and received.
    #[must_use]
    pub fn message_count(&self) -> u64 {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        count(&self.inner.sent).saturating_add(count(&self.inner.received))
    }

    /// What it takes to go on with the conversation elsewhere.
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

    /// Identify: the user is now known, or known by another id. Later events carry both ids.
    ///
    /// An id that `user` lacks stays what it was.
    pub fn identify(&self, user: &User) {
        self.identify_with(user, &serde_json::Map::new());
    }

    /// [`identify`](Self::identify), with what is known of the user: a map or struct.
    ///
    /// Traits that are neither make the call invalid: it is not sent, and the ledger counts it.
    pub fn identify_with(&self, user: &User, traits: &(impl Serialize + ?Sized)) {
        let identity = self.change(|identity| identity.user = identity.user.merged_with(user));
        self.inner
            .tracker
            .identify_as(self.inner.shard, &identity, traits);
    }

    /// How much of what is said from now on is sent, e.g. since the customer asked for it. A
    /// tracker that is stricter stays so.
    pub fn set_content(&self, content: Content) {
        self.change(|identity| identity.content = content);
    }

    /// What the customer has agreed to, from now on: stamped on each event as `context.consent`.
    pub fn set_consent(&self, consent: Consent) {
        self.change(|identity| identity.consent = Some(consent));
    }

    /// Changes what events from now on bear. Those that are queued keep what was.
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

    /// The identity now.
    pub(crate) fn snapshot(&self) -> IdentitySnapshot {
        let identity = self.inner.identity.read();
        let identity = identity.unwrap_or_else(PoisonError::into_inner);
        IdentitySnapshot {
            // Not while it changes: that takes the lock for itself.
            changes: self.inner.changes.load(Ordering::Acquire),
            identity: Arc::clone(&identity),
        }
    }

    /// Whether both are the same conversation, possibly resumed twice.
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

    /// Sends a message, under the id that it names or one of its own, which is returned.
    pub(crate) fn message(&self, mut event: Event) -> MessageId {
        let id = match &event.message {
            MessageTarget::Id(id) => id.clone(),
            MessageTarget::Ambient | MessageTarget::None => self.new_message_id(),
        };
        event.message = MessageTarget::Id(id.clone());
        self.emit(EventScope::default(), event);
        id
    }

    /// Sends an event, on `ambient` unless it names another message. What the spec says of an
    /// event's place in a conversation happens here, by its name, whatever type it has.
    pub(crate) fn emit(&self, ambient: EventScope<'_>, mut event: Event) {
        if !self.inner.tracker.is_enabled() {
            return;
        }
        // An event of the application's could panic here.
        let Ok(name) = catch_unwind(AssertUnwindSafe(|| event.name())) else {
            return self.inner.tracker.refuse("telling its name, it panicked");
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
        self.push(id, ambient, event);
    }

    fn begin(&self, mut event: Event) {
        self.inner.started.get_or_init(|| {
            event.message = MessageTarget::None;
            // The same in every process that has a part in the conversation: Segment keeps one.
            let tracker = &self.inner.tracker;
            let key = tracker.write_key();
            let id = if key.is_empty() {
                // What goes to a file or to memory is for no source, and could meet others' events
                // if it were sent later.
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
            // A message that was sent before now began the conversation before now.
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

    fn push(&self, id: Option<Box<EnvelopeId>>, ambient: EventScope<'_>, event: Event) {
        let message_id = match &event.message {
            MessageTarget::Id(id) => Some(id),
            MessageTarget::None => None,
            MessageTarget::Ambient if event.has(crate::event::properties::MESSAGE_ID) => None,
            MessageTarget::Ambient => ambient.message_id,
        };
        let changes = self.inner.changes.load(Ordering::Acquire);
        let now;
        let identity = match ambient.snapshot {
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
