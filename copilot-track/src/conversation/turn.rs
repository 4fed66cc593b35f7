//! A turn: one message from the customer, and the reply to that message.

use std::borrow::Cow;
use std::sync::Arc;

use crate::conversation::conversation::Conversation;
use crate::conversation::current::{self, Entered, InTurn};
use crate::conversation::scope::{ReplyStart, Scope};
use crate::event::context::event_context::Context;
use crate::event::ids::message_id::MessageId;
use crate::event::spec::{
    ActionInvoked, ComponentLoaded, CustomComponentLoaded, FeedbackSubmitted, MediaGenerated,
    MessageReceived, MessageSent, Rating,
};
use crate::event::track_event::{Event, TrackEvent};

/// A conversation and the customer's message that is being answered. Returned by
/// [`Conversation::turn`].
///
/// A turn is cheap to clone. Inside [`run`](Self::run), the turn is current. Annotated functions
/// find the current turn, so you do not have to pass it to them.
#[derive(Clone, Debug)]
pub struct Turn {
    conversation: Conversation,
    scope: Arc<Scope>,
    message_id: MessageId,
}

impl Conversation {
    /// Sends Message Sent, and returns the turn in which the message is answered.
    pub fn turn(&self, message: impl Into<String>) -> Turn {
        self.turn_with(MessageSent::new(message.into()))
    }

    /// Does the same as [`turn`](Self::turn) for a message with settings other than its text. For
    /// example, `MessageSent::new(text).message_id(id)` also sets the id.
    pub fn turn_with(&self, message: impl TrackEvent + Send + 'static) -> Turn {
        Turn::new(self, self.core().message(message.into_event()))
    }

    /// Returns the turn of a message that is not sent. The turn has the id that was set on the
    /// message, or a new id.
    pub(crate) fn unsent_turn(&self, mut message: Event) -> Turn {
        let id = message.take_message_id();
        Turn::new(self, id.unwrap_or_else(|| self.core().new_message_id()))
    }
}

impl Conversation {
    /// Sends a message from the customer, and returns the turn in which the message is answered.
    /// All events of the turn, including the message, have the given context in addition to the
    /// conversation's.
    ///
    /// ```
    /// # use copilot_track::{Tracker, User};
    /// use copilot_track::spec::MessageSent;
    /// use copilot_track::{Context, Page};
    ///
    /// # let conversation = Tracker::disabled().conversation(User::known("123")?);
    /// let page = Page::new("https://example.com/pricing");
    /// let message = MessageSent::new("What does it cost?");
    /// let turn = conversation.turn_with_context(Context::new().page(page), message);
    /// # drop(turn);
    /// # Ok::<(), copilot_track::ParseIdError>(())
    /// ```
    pub fn turn_with_context(
        &self,
        context: Context,
        message: impl TrackEvent + Send + 'static,
    ) -> Turn {
        self.turn_in(
            &Scope::for_conversation(self.core()).with_context(context),
            message,
        )
    }

    /// Does the same as [`turn_with`](Self::turn_with) for a message in a request, for example to a
    /// web server.
    ///
    /// All events of the turn, including the message, have the given context. A field that the
    /// application sets for the conversation ([`set_context`](Self::set_context)) or for the turn
    /// wins over that of the request, and a field of the request wins over that of the tracker.
    /// Requests of one conversation that run at the same time keep their own contexts.
    pub fn turn_in_request(
        &self,
        request: Context,
        message: impl TrackEvent + Send + 'static,
    ) -> Turn {
        self.turn_in(
            &Scope::for_conversation(self.core()).with_request_context(request),
            message,
        )
    }

    /// Sends a message in a scope, and returns its turn with the context of the scope.
    fn turn_in(&self, scope: &Arc<Scope>, message: impl TrackEvent + Send + 'static) -> Turn {
        let sent = scope.message(message.into_event());
        let turn = Turn::new(self, sent);
        let in_context = turn.scope.with_context_of(scope);
        turn.with_scope(in_context)
    }
}

impl Turn {
    /// Returns a handle to the same turn whose events have the given context in addition to that of
    /// this handle. Events of other handles do not change.
    #[must_use]
    pub fn with_context(&self, context: Context) -> Self {
        let scope = self.scope.with_context(context);
        self.clone().with_scope(scope)
    }

    pub(crate) fn new(conversation: &Conversation, sent: MessageId) -> Self {
        Self {
            conversation: conversation.clone(),
            scope: Scope::for_turn(conversation.core(), sent.clone()),
            message_id: sent,
        }
    }

    pub(super) fn with_scope(self, scope: Arc<Scope>) -> Self {
        Self { scope, ..self }
    }

    pub(crate) fn scope(&self) -> &Arc<Scope> {
        &self.scope
    }

    /// Returns the current turn, if there is one.
    #[must_use]
    pub fn current() -> Option<Self> {
        Self::of(current::get()?)
    }

    /// Returns the turn that a scope belongs to.
    pub(crate) fn of(scope: Arc<Scope>) -> Option<Self> {
        let message_id = scope.sent_message()?.clone();
        Some(Self {
            conversation: Conversation::from_scope(&scope),
            scope,
            message_id,
        })
    }

    /// Returns the conversation.
    #[must_use]
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// Returns the id of the customer's message.
    #[must_use]
    pub fn message_id(&self) -> &MessageId {
        &self.message_id
    }

    /// Returns the id of the latest reply in this turn.
    ///
    /// The id is known early: when the reply starts or, for a stream, when the stream is created.
    /// If the reply then fails or has no text, no message with this id is sent. Replies that run
    /// inside another reply, for example those of sub-agents, are ignored.
    #[must_use]
    pub fn reply_id(&self) -> Option<MessageId> {
        self.scope.latest_reply()
    }

    /// Returns a future that makes this turn current while the future is polled.
    ///
    /// # The current turn
    ///
    /// The turn is current during each poll of the returned future, on any executor. All code that
    /// runs in such a poll sees the turn. This includes functions that are called after an
    /// `.await`, and futures that the future polls itself, for example with `join!` or
    /// `FuturesUnordered`.
    ///
    /// Code that runs elsewhere does not see the turn:
    ///
    /// - Spawned tasks. Bind the turn to the task's future with
    ///   [`in_current_turn`](crate::InCurrentTurn::in_current_turn).
    /// - Other threads, including those of `spawn_blocking`. Move a clone of the turn to the
    ///   thread, and call [`in_scope`](Self::in_scope) there.
    /// - A stream that the future returns and that is polled later. A stream from a function with
    ///   `#[tracked_reply]` keeps its turn. For other streams, use
    ///   [`in_current_turn`](crate::InCurrentTurn::in_current_turn).
    ///
    /// **Some libraries poll one user's work while they poll another user's future.** The current
    /// turn is then the wrong one. For example, all clones of a [rig](https://docs.rs/rig)
    /// `Agent` share their pending tool calls. Other libraries, for example
    /// [rmcp](https://docs.rs/rmcp), run tools in their own tasks, without a current turn. Use the
    /// adapter for such a library: `copilot-track-rig` or `copilot-track-rmcp`. The
    /// [`adapter`](crate::adapter) module is for adapters to other libraries.
    pub fn run<F: Future>(&self, future: F) -> InTurn<F> {
        InTurn::new(future, Some(Arc::clone(&self.scope)))
    }

    /// Calls a closure while this turn is current.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = self.enter();
        f()
    }

    /// Makes this turn current on this thread until the guard is dropped. This method is for
    /// synchronous code.
    pub fn enter(&self) -> Entered {
        current::enter(Arc::clone(&self.scope))
    }

    /// Sends an event that belongs to the message of this turn. A [`MessageReceived`] is a reply in
    /// this turn, as if it were sent with [`reply_with`](Self::reply_with).
    pub fn track(&self, event: impl TrackEvent + Send + 'static) {
        let event = event.into_event();
        if event.is_message_received() {
            self.reply_with(event);
        } else {
            self.scope.track(event);
        }
    }

    /// Sends Message Received: the copilot's answer. Returns the id of the message. From then on,
    /// [`reply_id`](Self::reply_id) returns this id too.
    ///
    /// If `body` is empty, no event is sent, and no message is counted.
    pub fn message_received(&self, body: impl Into<Cow<'static, str>>) -> MessageId {
        self.reply_with(MessageReceived::new(body))
    }

    /// Does the same as [`message_received`](Self::message_received) for a message with settings
    /// other than its text, for example an id or a role.
    pub fn reply_with(&self, message: impl TrackEvent + Send + 'static) -> MessageId {
        let mut event = message.into_event();
        let new_id = || self.conversation.core().new_message_id();
        let id = event.take_message_id().unwrap_or_else(new_id);
        if event.has_empty_text() {
            self.scope.track(event.message_id(&id));
        } else {
            let reply = self.scope.reply(Some(id.clone()), ReplyStart::Running);
            reply.track(event.message_id(&id));
        }
        id
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

    /// Sends Feedback Submitted for the reply that the customer saw last or, if there is none, for
    /// the customer's message.
    ///
    /// The message is selected when this method is called. A reply that is still running can be
    /// selected. A reply that ended without a message cannot, for example because it failed, had no
    /// text, or was a stream that was never polled. If a reply runs inside another one, for example
    /// the reply of a sub-agent, the outer reply is selected.
    ///
    /// To rate a particular message, use [`Conversation::rate`].
    pub fn rate(&self, rating: impl Into<Rating>) {
        let id = self.scope.visible_reply();
        let id = id.unwrap_or_else(|| self.message_id.clone());
        self.track(FeedbackSubmitted::new(rating).message_id(id));
    }
}
