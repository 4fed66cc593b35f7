//! One message of the customer, and the work on it.

use std::borrow::Cow;
use std::sync::Arc;

use crate::conversation::current::{self, Entered, InTurn};
use crate::conversation::handle::Conversation;
use crate::conversation::scope::Scope;
use crate::event::ids::MessageId;
use crate::event::spec::{
    ActionInvoked, ComponentLoaded, CustomComponentLoaded, FeedbackSubmitted, MediaGenerated,
    MessageReceived, MessageSent, Rating,
};
use crate::event::track_event::TrackEvent;

/// A conversation and the message that is now being worked on; made by [`Conversation::turn`].
///
/// Cheap to clone. Inside [`run`](Self::run) the turn is ambient: annotated functions find it, and
/// nothing has to be passed down.
#[derive(Clone, Debug)]
pub struct Turn {
    scope: Arc<Scope>,
    message_id: MessageId,
}

impl Conversation {
    /// Message Sent: the customer says something, which a turn then works on.
    pub fn turn(&self, message: impl Into<String>) -> Turn {
        self.turn_with(MessageSent::new(message.into()))
    }

    /// A turn on a message of which more than the text is known, e.g. its id:
    /// `MessageSent::new(text).message_id(id)`.
    pub fn turn_with(&self, message: impl TrackEvent + Send + 'static) -> Turn {
        Turn::new(self, self.message(message.into_event()))
    }
}

impl Turn {
    pub(crate) fn new(conversation: &Conversation, sent: MessageId) -> Self {
        Self {
            scope: Scope::for_turn(conversation, sent.clone()),
            message_id: sent,
        }
    }

    pub(crate) fn scope(&self) -> &Arc<Scope> {
        &self.scope
    }

    /// The turn that is ambient here.
    #[must_use]
    pub fn current() -> Option<Self> {
        let scope = current::get()?;
        let message_id = scope.messages()?.0.clone();
        Some(Self { scope, message_id })
    }

    /// The conversation.
    #[must_use]
    pub fn conversation(&self) -> &Conversation {
        self.scope.conversation()
    }

    /// The id of the customer's message.
    #[must_use]
    pub fn message_id(&self) -> &MessageId {
        &self.message_id
    }

    /// The id of the latest tracked reply in this turn, from the moment at which it begins.
    #[must_use]
    pub fn reply_id(&self) -> Option<MessageId> {
        self.scope.messages()?.1
    }

    /// Runs a future in which this turn is ambient: through `.await` and `join!`, on any executor.
    ///
    /// What it spawns runs outside, unless it is carried over with
    /// [`in_current_turn`](crate::InCurrentTurn::in_current_turn).
    pub fn run<F: Future>(&self, future: F) -> InTurn<F> {
        InTurn::new(future, Some(Arc::clone(&self.scope)))
    }

    /// Calls a closure in which this turn is ambient.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = self.enter();
        f()
    }

    /// Makes this turn ambient on this thread until the guard is dropped. For sync code.
    pub fn enter(&self) -> Entered {
        current::enter(Arc::clone(&self.scope))
    }

    /// Sends any event, on this turn's message.
    pub fn track(&self, event: impl TrackEvent + Send + 'static) {
        self.scope.track(event.into_event());
    }

    /// Message Received: the copilot answers. Returns the reply's id, which
    /// [`reply_id`](Self::reply_id) tells from then on.
    pub fn message_received(&self, body: impl Into<Cow<'static, str>>) -> MessageId {
        self.reply_with(MessageReceived::new(body))
    }

    /// Message Received, of which more than the text is known, e.g. its id or role.
    pub fn reply_with(&self, message: impl TrackEvent + Send + 'static) -> MessageId {
        let mut event = message.into_event();
        let reply = self.scope.reply(event.take_message_id());
        let id = reply.message_id().cloned();
        let id = id.unwrap_or_else(|| self.conversation().new_message_id());
        reply.track(event.message_id(&id));
        id
    }

    /// Action Invoked: model or user use a tool.
    pub fn action_invoked(
        &self,
        r#type: impl Into<Cow<'static, str>>,
        action: impl Into<Cow<'static, str>>,
    ) {
        self.track(ActionInvoked::new(r#type, action));
    }

    /// Media Generated: the model makes an image, a video or audio.
    pub fn media_generated(
        &self,
        r#type: impl Into<Cow<'static, str>>,
        sub_type: impl Into<Cow<'static, str>>,
    ) {
        self.track(MediaGenerated::new(r#type, sub_type));
    }

    /// Component Loaded: a component that is neither text nor voice is shown.
    pub fn component_loaded(&self, r#type: impl Into<Cow<'static, str>>) {
        self.track(ComponentLoaded::new(r#type));
    }

    /// Custom Component Loaded: the same, by the name of the spec's list of live chat events.
    pub fn custom_component_loaded(&self, r#type: impl Into<Cow<'static, str>>) {
        self.track(CustomComponentLoaded::new(r#type));
    }

    /// Feedback Submitted, on the reply of this turn or, if it has none, on the customer's message.
    pub fn rate(&self, rating: impl Into<Rating>) {
        let id = self.reply_id().unwrap_or_else(|| self.message_id.clone());
        self.track(FeedbackSubmitted::new(rating).message_id(id));
    }
}
