//! The handle to a conversation.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use crate::conversation::conversation_state::ConversationState;
use crate::conversation::core::ConversationCore;
use crate::conversation::current::{self, Entered, InTurn};
use crate::conversation::identity_snapshot::EventScope;
use crate::conversation::message_log::MessageLog;
use crate::conversation::scope::Scope;
use crate::delivery::envelope::Identity;
use crate::event::context::event_context::Context;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::into_message_id::IntoMessageId;
use crate::event::ids::latest_messages::LatestMessages;
use crate::event::ids::message_id::MessageId;
use crate::event::spec::{
    ActionInvoked, ComponentLoaded, ConversationEnded, ConversationStarted, CustomComponentLoaded,
    FeedbackSubmitted, MediaGenerated, MessageReceived, MessageSent, Rating,
};
use crate::event::track_event::{Event, TrackEvent};
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;
use crate::store::outbox::Outbox;
use crate::tracker::tracker::Tracker;

/// A handle to one conversation: its id, its user, its message counts, and its tracker.
///
/// A handle is cheap to clone, and all clones refer to the same conversation. Conversation Started
/// is sent automatically before the first message.
///
/// An event that belongs to a chat message carries the id of the current message, if that message
/// is part of this conversation. Otherwise, the event carries the id of the customer's latest
/// message.
#[derive(Clone, Debug)]
pub struct Conversation {
    core: Arc<ConversationCore>,
}

impl Tracker {
    /// Creates a conversation with a random id.
    ///
    /// The id is unique but not secret. Do not use it as a credential.
    #[must_use]
    pub fn conversation(&self, user: User) -> Conversation {
        let id = ConversationId::from_uuid(self.id_and_clock().uuid());
        self.conversation_with_id(id, user)
    }

    /// Creates a conversation with an id from your application.
    ///
    /// Conversation Started is sent before the first message that this handle sends. The envelope
    /// id of this event is the same in every process, so Segment keeps only one copy. To continue
    /// with the message counts of another handle, use [`resume`](Self::resume).
    ///
    /// The envelope ids of Conversation Started and Conversation Ended are derived from the write
    /// key, with every transport. Only [JSON lines](crate::TrackerBuilder::json_lines) can be
    /// written without a write key. These ids are then random, because the derived ids of different
    /// sources could be equal.
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
        let is_identified = state.identified;
        let core = ConversationCore::new(tracker, state);
        if is_identified {
            core.set_identified();
        }
        Self::from_core(Arc::new(core))
    }

    /// Returns a new conversation that recognizes repeated messages. Its changes go to `outbox`, if
    /// there is one.
    pub(crate) fn registered(
        tracker: &Tracker,
        id: ConversationId,
        user: User,
        outbox: Option<Arc<Outbox>>,
    ) -> Self {
        let state = ConversationState::new(id, user);
        let mut core = ConversationCore::new(tracker.clone(), state);
        core.messages = match outbox {
            Some(outbox) => MessageLog::Shared(outbox),
            None => MessageLog::local(LatestMessages::with_recent()),
        };
        Self::from_core(Arc::new(core))
    }

    /// Returns whether there are other handles to the conversation.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.core) > 1
    }

    pub(super) fn from_core(core: Arc<ConversationCore>) -> Self {
        Self { core }
    }

    /// Returns a handle to the conversation of a scope.
    pub(crate) fn from_scope(scope: &Scope) -> Self {
        Self {
            core: Arc::clone(scope.core()),
        }
    }

    pub(crate) fn core(&self) -> &Arc<ConversationCore> {
        &self.core
    }

    /// Returns the id of the conversation.
    #[must_use]
    pub fn id(&self) -> &ConversationId {
        &self.core.id
    }

    /// Returns the current user.
    #[must_use]
    pub fn user(&self) -> User {
        self.core.identity().user.clone()
    }

    /// Returns the tracker that sends the events.
    #[must_use]
    pub fn tracker(&self) -> &Tracker {
        &self.core.tracker
    }

    /// Returns the total number of messages that the customer sent and received.
    #[must_use]
    pub fn message_count(&self) -> u64 {
        self.core.message_count()
    }

    /// Returns `true` if Conversation Ended was sent and no message has been counted since then.
    ///
    /// Returns `false` if the tracker is disabled or sampling does not select the conversation,
    /// because no events are sent in either case.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.core.is_ended()
    }

    /// Returns the state that [`Tracker::resume`] needs to continue the conversation, for example
    /// in another process.
    ///
    /// The state is a snapshot: later events do not change it. Two handles that continue from the
    /// same state do not see each other's messages. If other threads send events during this call,
    /// the snapshot can contain some of their changes.
    #[must_use]
    pub fn state(&self) -> ConversationState {
        self.core.state()
    }

    /// Sends Identify, and sets the user of later events.
    ///
    /// If `user` has only one of the two ids, the other id of the current user is kept. For
    /// example, when an anonymous user becomes known, later events carry both ids.
    ///
    /// If this conversation has already identified the user, nothing is sent.
    pub fn identify(&self, user: &User) {
        self.identify_with(user, &serde_json::Map::new());
    }

    /// Does the same as [`identify`](Self::identify), and sends the user's traits: a map or a
    /// struct.
    ///
    /// If this conversation has already identified the user with the same values for all of these
    /// traits, nothing is sent. The conversation remembers at least the last 64 entries as hashes:
    /// a user is one entry, and so is each trait of a user. It forgets all entries when the consent
    /// changes. If an Identify call is dropped, the ledger counts it, and calling this method again
    /// does not resend it.
    ///
    /// If `traits` is neither a map nor a struct, Identify is not sent, and the ledger counts it as
    /// invalid.
    pub fn identify_with(&self, user: &User, traits: &(impl Serialize + ?Sized)) {
        self.core.identify(user, traits);
    }

    /// Sets how much of the conversation is sent from now on. If the tracker's policy is stricter,
    /// the tracker's policy applies. In a turn that another process started, the policy of that
    /// process applies if it is stricter.
    pub fn set_content(&self, content: Content) {
        let content = content.max(self.core.content_floor);
        let change = |identity: &mut Identity| identity.content = content;
        match self.core.outbox() {
            Some(outbox) => outbox.change(|update| {
                update.content = Some(content);
                self.core.change(change);
            }),
            None => self.core.change(change),
        }
    }

    /// Sets the context of later events: Segment's `context`. The context replaces one that was set
    /// before, and is merged with [that of the tracker](crate::TrackerBuilder::context).
    pub fn set_context(&self, context: Context) {
        self.core.set_context(context);
    }

    /// Sets the context of the latest request, for example to a web server. Later events have it,
    /// except for fields that [`set_context`](Self::set_context) sets. The context replaces that of
    /// an earlier request. It is not part of [`state`](Self::state), and it is not written to a
    /// store.
    pub fn set_request_context(&self, context: Context) {
        self.core.set_request_context(context);
    }

    /// Sends Group: the user belongs to a group, such as a company or an account. `traits` is a map
    /// or a struct that describes the group.
    ///
    /// To send the id of the group with every event, use [`Context::group_id`].
    ///
    /// If the id is blank or has more than 100 characters, or if `traits` is neither a map nor a
    /// struct, Group is not sent, and the ledger counts it as invalid.
    pub fn group(&self, group_id: impl AsRef<str>, traits: &(impl Serialize + ?Sized)) {
        let core = &self.core;
        core.tracker
            .push_group(core.shard(), &core.identity(), group_id.as_ref(), traits);
    }

    /// Sends Alias: `previous_id` and the current user's id belong to the same person.
    ///
    /// Segment does not need Alias, because [`identify`](Self::identify) joins an anonymous id with
    /// a user id. A few destinations, such as Mixpanel and Kissmetrics, do need it.
    ///
    /// If the current user has no user id, or if `previous_id` is blank or has more than 100
    /// characters, Alias is not sent, and the ledger counts it as invalid.
    pub fn alias(&self, previous_id: impl AsRef<str>) {
        let core = &self.core;
        core.tracker
            .push_alias(core.shard(), &core.identity(), previous_id.as_ref());
    }

    /// Sets the customer's consent. Later events carry it as `context.consent`.
    pub fn set_consent(&self, consent: Consent) {
        self.core.set_consent(consent);
    }
}

/// Methods that send events.
impl Conversation {
    /// Sends an event.
    ///
    /// Sending one of the spec's events has the same effect as calling the method of the same name.
    /// For example, a [`MessageSent`] counts as a message, starts the conversation, and gets its
    /// own message id.
    pub fn track(&self, event: impl TrackEvent + Send + 'static) {
        self.track_event(event.into_event());
    }

    fn track_event(&self, event: Event) {
        let message_id = self.current_message();
        let scope = EventScope {
            message_id: message_id.as_ref(),
            snapshot: None,
        };
        self.core.emit(scope, event);
    }

    /// Sends Conversation Started, unless it has already been sent.
    pub fn start(&self) {
        self.track(ConversationStarted::new());
    }

    /// Sends Message Sent without starting a turn. Returns the id of the message.
    pub fn message_sent(&self, body: impl Into<Cow<'static, str>>) -> MessageId {
        self.core.message(MessageSent::new(body).into_event())
    }

    /// Sends Message Received: a message from the copilot. Returns the id of the message.
    ///
    /// If `body` is empty, no event is sent, and no message is counted.
    pub fn message_received(&self, body: impl Into<Cow<'static, str>>) -> MessageId {
        self.core.message(MessageReceived::new(body).into_event())
    }

    /// Sends Action Invoked: the model or the user used a tool.
    pub fn action_invoked(
        &self,
        r#type: impl Into<Cow<'static, str>>,
        action: impl Into<Cow<'static, str>>,
    ) {
        self.track(ActionInvoked::new(r#type, action));
    }

    /// Sends Media Generated: the model generated an image, a video, or audio.
    pub fn media_generated(
        &self,
        r#type: impl Into<Cow<'static, str>>,
        sub_type: impl Into<Cow<'static, str>>,
    ) {
        self.track(MediaGenerated::new(r#type, sub_type));
    }

    /// Sends Component Loaded: a component other than text or voice was shown.
    pub fn component_loaded(&self, r#type: impl Into<Cow<'static, str>>) {
        self.track(ComponentLoaded::new(r#type));
    }

    /// Sends Custom Component Loaded. The spec's list of live chat events uses this name for
    /// Component Loaded.
    pub fn custom_component_loaded(&self, r#type: impl Into<Cow<'static, str>>) {
        self.track(CustomComponentLoaded::new(r#type));
    }

    /// Sends Feedback Submitted for a message. If the rating is not a finite number, the event is
    /// not sent, and the ledger counts it as invalid.
    pub fn rate(&self, message_id: impl IntoMessageId, rating: impl Into<Rating>) {
        self.track(FeedbackSubmitted::new(rating).message_id(message_id));
    }

    /// Sends Feedback Submitted for the whole conversation.
    pub fn rate_conversation(&self, rating: impl Into<Rating>) {
        self.track(
            FeedbackSubmitted::new(rating)
                .into_event()
                .without_message_id(),
        );
    }

    /// Sends Conversation Ended with the number of messages. A repeated call sends the event again,
    /// with the new number, only if there were messages in between.
    ///
    /// If this handle has not counted any messages, the number is left out, because the handle may
    /// have been created with [`Tracker::conversation_with_id`] for a conversation whose messages
    /// another process counts.
    ///
    /// The envelope id is derived from the write key, the conversation, and the number. If several
    /// processes end the conversation with the same number, Segment keeps only one copy. To
    /// continue a conversation that has ended, use [`Tracker::resume`]. A handle from
    /// [`Tracker::conversation_with_id`] counts from zero and could end the conversation with a
    /// number that was already used.
    pub fn end(&self) {
        self.track(ConversationEnded::new(self.core.total_message_count()));
    }

    fn current_message(&self) -> Option<MessageId> {
        current::with(|scope| {
            let scope = scope.filter(|scope| self.core.is(scope.core()))?;
            scope.message_id().cloned()
        })
        .or_else(|| self.core.latest_message())
    }
}

/// Methods for the current conversation.
impl Conversation {
    /// Returns the current conversation, if there is one.
    #[must_use]
    pub fn current() -> Option<Self> {
        current::with(|scope| Some(Self::from_scope(scope?)))
    }

    /// Returns a future that makes this conversation current while the future is polled. The future
    /// has no current turn. [`Turn::run`](crate::Turn::run) describes which code sees the current
    /// conversation.
    pub fn run<F: Future>(&self, future: F) -> InTurn<F> {
        InTurn::new(future, Some(Scope::for_conversation(&self.core)))
    }

    /// Calls a closure while this conversation is current.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = self.enter();
        f()
    }

    /// Makes this conversation current on this thread until the guard is dropped. This method is
    /// for synchronous code.
    pub fn enter(&self) -> Entered {
        current::enter(Scope::for_conversation(&self.core))
    }
}
