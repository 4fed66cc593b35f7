//! One conversation with one user.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use serde::Serialize;

use crate::conversation::scope;
use crate::conversation::scope::{Entered, Frame, InTurn};
use crate::conversation::state::ConversationState;
use crate::delivery::envelope::{AboutRef, Call, Envelope, Identity};
use crate::event::ids::{ConversationId, EnvelopeId, IntoMessageId, MessageId};
use crate::event::spec;
use crate::event::spec::{
    ActionInvoked, ComponentLoaded, ConversationEnded, ConversationStarted, CustomComponentLoaded,
    FeedbackSubmitted, MediaGenerated, MessageReceived, MessageSent, Rating,
};
use crate::event::track_event::{Event, Message, TrackEvent};
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;
use crate::tracker::handle::Tracker;

type Text = std::borrow::Cow<'static, str>;

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

/// A conversation's identity as it once was. What is ambient has one, so that an event asks with a
/// load whether it still holds, in place of a lock and a reference.
#[derive(Debug)]
pub(crate) struct Snapshot {
    changes: u64,
    identity: Arc<Identity>,
}

/// What surrounds an event.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ambient<'a> {
    pub(crate) message_id: Option<&'a MessageId>,
    pub(crate) snapshot: Option<&'a Snapshot>,
}

impl Tracker {
    /// A new conversation, under a random id.
    #[must_use]
    pub fn conversation(&self, user: User) -> Conversation {
        let id = ConversationId::from_uuid(self.source().uuid());
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

    /// Sends any event.
    ///
    /// The spec's own do what their methods do: a [`MessageSent`] counts as a message, begins the
    /// conversation and has an id of its own.
    pub fn track(&self, event: impl TrackEvent + Send + 'static) {
        self.track_event(event.into_event());
    }

    fn track_event(&self, event: Event) {
        let message_id = self.ambient_message();
        let ambient = Ambient {
            message_id: message_id.as_ref(),
            snapshot: None,
        };
        self.emit(ambient, event);
    }

    /// Conversation Started, unless it was sent before.
    pub fn start(&self) {
        self.track(ConversationStarted::new());
    }

    /// Message Sent, without a turn. Returns the message's id.
    pub fn message_sent(&self, body: impl Into<Text>) -> MessageId {
        self.message(MessageSent::new(body).into_event())
    }

    /// Message Received: the copilot says something. Returns the message's id.
    pub fn message_received(&self, body: impl Into<Text>) -> MessageId {
        self.message(MessageReceived::new(body).into_event())
    }

    /// Action Invoked: model or user use a tool.
    pub fn action_invoked(&self, r#type: impl Into<Text>, action: impl Into<Text>) {
        self.track(ActionInvoked::new(r#type, action));
    }

    /// Media Generated: the model makes an image, a video or audio.
    pub fn media_generated(&self, r#type: impl Into<Text>, sub_type: impl Into<Text>) {
        self.track(MediaGenerated::new(r#type, sub_type));
    }

    /// Component Loaded: a component that is neither text nor voice is shown.
    pub fn component_loaded(&self, r#type: impl Into<Text>) {
        self.track(ComponentLoaded::new(r#type));
    }

    /// Custom Component Loaded: the same, by the name of the spec's list of live chat events.
    pub fn custom_component_loaded(&self, r#type: impl Into<Text>) {
        self.track(CustomComponentLoaded::new(r#type));
    }

    /// Feedback Submitted, on a message. A rating that is not a finite number is counted as
    /// dropped, and not sent.
    pub fn rate(&self, message_id: impl IntoMessageId, rating: impl Into<Rating>) {
        self.track(FeedbackSubmitted::new(rating).message_id(message_id));
    }

    /// Feedback Submitted, on the conversation as a whole.
    pub fn rate_conversation(&self, rating: impl Into<Rating>) {
        self.track(
            FeedbackSubmitted::new(rating)
                .into_event()
                .without_message_id(),
        );
    }

    /// Conversation Ended, with the count of its messages. A second call does nothing, unless
    /// messages came in between: then it tells the new count.
    pub fn end(&self) {
        self.track(ConversationEnded::new(self.message_count()));
    }

    /// Identify: the user is now known, or known by another id. Later events carry both ids.
    ///
    /// An id that `user` lacks stays what it was.
    pub fn identify(&self, user: User) {
        self.identify_with(user, &serde_json::Map::new());
    }

    /// [`identify`](Self::identify), with what is known of the user: a map or struct.
    ///
    /// Traits that are neither make the call invalid: it is not sent, and the ledger counts it.
    pub fn identify_with(&self, user: User, traits: &(impl Serialize + ?Sized)) {
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
    pub(crate) fn snapshot(&self) -> Snapshot {
        let identity = self.inner.identity.read();
        let identity = identity.unwrap_or_else(PoisonError::into_inner);
        Snapshot {
            // Not while it changes: that takes the lock for itself.
            changes: self.inner.changes.load(Ordering::Acquire),
            identity: Arc::clone(&identity),
        }
    }

    /// Runs a future in which this conversation is ambient, and no message of it.
    pub fn run<F: Future>(&self, future: F) -> InTurn<F> {
        InTurn::new(future, Some(Frame::for_conversation(self)))
    }

    /// Calls a closure in which this conversation is ambient.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = self.enter();
        f()
    }

    /// Makes this conversation ambient until the guard is dropped.
    pub fn enter(&self) -> Entered {
        scope::enter(Frame::for_conversation(self))
    }

    /// Whether both are the same conversation, possibly resumed twice.
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.inner.id == other.inner.id
    }

    fn ambient_message(&self) -> Option<MessageId> {
        scope::with_current(|frame| {
            let frame = frame.filter(|frame| self.is(frame.conversation()))?;
            frame.message_id().cloned()
        })
        .or_else(|| self.latest_message())
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
        MessageId::from_uuid(self.inner.tracker.source().uuid())
    }

    fn identity(&self) -> Arc<Identity> {
        let identity = self.inner.identity.read();
        Arc::clone(&identity.unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends a message, under the id that it names or one of its own, which is returned.
    pub(crate) fn message(&self, mut event: Event) -> MessageId {
        let id = match &event.message {
            Message::Id(id) => id.clone(),
            Message::Ambient | Message::None => self.new_message_id(),
        };
        event.message = Message::Id(id.clone());
        self.emit(Ambient::default(), event);
        id
    }

    /// Sends an event, on `ambient` unless it names another message. What the spec says of an
    /// event's place in a conversation happens here, by its name, whatever type it has.
    pub(crate) fn emit(&self, ambient: Ambient<'_>, mut event: Event) {
        if !self.inner.tracker.is_enabled() {
            return;
        }
        // An event of the application's could panic here.
        let Ok(name) = catch_unwind(AssertUnwindSafe(|| event.name())) else {
            return self.inner.tracker.refuse("telling its name, it panicked");
        };
        if !self.inner.is_sampled && name != spec::FEEDBACK_SUBMITTED {
            self.inner.tracker.count_sampled_out();
            return;
        }
        match name.as_ref() {
            "Conversation Started" => return self.begin(event),
            "Conversation Ended" => {
                let count = self.message_count().saturating_add(1);
                if self.inner.ended_at.swap(count, Ordering::Relaxed) == count {
                    return;
                }
                event.message = Message::None;
            }
            "Message Sent" => self.count_message(&mut event, &self.inner.sent, true),
            "Message Received" => self.count_message(&mut event, &self.inner.received, false),
            _ => {}
        }
        let id = self.inner.tracker.source().envelope_id();
        self.push(id, ambient, event);
    }

    fn begin(&self, mut event: Event) {
        self.inner.started.get_or_init(|| {
            event.message = Message::None;
            // The same in every process that has a part in the conversation: Segment keeps one.
            let tracker = &self.inner.tracker;
            let key = tracker.write_key();
            let id = if key.is_empty() {
                // What goes to a file or to memory is for no source, and could meet others' events
                // if it were sent later.
                tracker.source().envelope_id()
            } else {
                let id = EnvelopeId::derived(key, "Conversation Started", &self.inner.id);
                Some(Box::new(id))
            };
            self.push(id, Ambient::default(), event);
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
            Message::Id(id) => id.clone(),
            Message::Ambient | Message::None => self.new_message_id(),
        };
        let mut latest = self.latest();
        if from_customer || latest.is_none() {
            *latest = Some(id.clone());
        }
        event.message = Message::Id(id);
    }

    fn push(&self, id: Option<Box<EnvelopeId>>, ambient: Ambient<'_>, event: Event) {
        let message_id = match &event.message {
            Message::Id(id) => Some(id),
            Message::None => None,
            Message::Ambient if event.has(crate::event::properties::MESSAGE_ID) => None,
            Message::Ambient => ambient.message_id,
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
            AboutRef {
                identity: Some(identity),
                message_id,
            },
            Envelope {
                id,
                timestamp: event.timestamp.unwrap_or_else(|| tracker.source().now()),
                call: Call::Track {
                    payload: event.payload,
                    settings: event.settings,
                },
            },
        );
    }
}
