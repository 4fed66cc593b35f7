//! Replies that the application sends itself.

use std::borrow::Cow;
use std::sync::Arc;

use crate::conversation::current::{self, Entered, InTurn};
use crate::conversation::scope::{ReplyStart, Scope};
use crate::conversation::turn::Turn;
use crate::event::extra_properties::SerializedValue;
use crate::event::ids::message_id::MessageId;
use crate::event::properties::value::PropertyValue;
use crate::event::spec::MessageReceived;
use crate::event::track_event::TrackEvent;
use crate::event::usage::Usage;
use crate::tracking::reply::OpenReply;

/// A reply that has started and whose message has not been sent. Returned by
/// [`Turn::start_reply`].
///
/// Use it if an attribute cannot be placed on the function that answers, for example if the text is
/// assembled in several places.
///
/// ```
/// # use copilot_track::{Tracker, Usage, User};
/// # async fn call_tools() -> &'static str { "Three are left" }
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// # let turn = Tracker::disabled().conversation(User::known("123")?).turn("Is it in stock?");
/// let reply = turn.start_reply();
/// let text = reply.run(call_tools()).await; // events inside belong to the reply
/// reply.add_usage(Usage::new().model("m-2").output_tokens(5));
/// reply.send(text); // Message Received
/// # Ok(())
/// # }
/// ```
///
/// If it is dropped without [`send`](Self::send), the reply has failed and no message is sent.
#[derive(Debug)]
#[must_use = "the reply fails when it is dropped"]
pub struct PendingReply {
    reply: OpenReply,
    scope: Arc<Scope>,
    id: MessageId,
}

impl Turn {
    /// Starts a reply. Its id is known from now on.
    pub fn start_reply(&self) -> PendingReply {
        PendingReply::new(self, None)
    }

    /// Starts a reply with an id from your application.
    pub fn start_reply_with_id(&self, id: MessageId) -> PendingReply {
        PendingReply::new(self, Some(id))
    }
}

impl PendingReply {
    fn new(turn: &Turn, id: Option<MessageId>) -> Self {
        let id = id.unwrap_or_else(|| turn.conversation().core().new_message_id());
        let scope = turn.scope().reply(Some(id.clone()), ReplyStart::Running);
        Self {
            reply: OpenReply::new(Arc::clone(&scope)),
            scope,
            id,
        }
    }

    /// Returns the id of the message.
    #[must_use]
    pub fn id(&self) -> &MessageId {
        &self.id
    }

    /// Returns a future that makes this reply current while the future is polled. [`Turn::run`]
    /// describes which code sees the reply.
    pub fn run<F: Future>(&self, future: F) -> InTurn<F> {
        InTurn::new(future, Some(Arc::clone(&self.scope)))
    }

    /// Calls a closure while this reply is current.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = self.enter();
        f()
    }

    /// Makes this reply current on this thread until the guard is dropped. This method is for
    /// synchronous code.
    pub fn enter(&self) -> Entered {
        current::enter(Arc::clone(&self.scope))
    }

    /// Sets a property of the message. A property with the same name that was set earlier is
    /// replaced. A value that serializes to `null` is not sent.
    ///
    /// A value that fails to serialize makes the message invalid: it is not sent, and the ledger
    /// counts it.
    pub fn set_property(&self, name: impl Into<Cow<'static, str>>, value: impl PropertyValue) {
        self.scope
            .set_reply_property(name.into(), SerializedValue::of_owned(value));
    }

    /// Adds what a model used to generate the reply. The values of several calls add up, see
    /// [`Usage`].
    pub fn add_usage(&self, usage: Usage) {
        self.scope.add_reply_usage(usage);
    }

    /// Sends Message Received. If `text` is empty, no event is sent, and no message is counted.
    pub fn send(self, text: impl Into<Cow<'static, str>>) {
        self.send_with(MessageReceived::new(text));
    }

    /// Does the same as [`send`](Self::send) for a message with settings other than its text, for
    /// example a role. The message has the id of this reply.
    pub fn send_with(self, message: impl TrackEvent + Send + 'static) {
        let event = message.message_id(&self.id);
        if !event.has_empty_text() {
            self.reply.send(|_| event);
        }
    }

    /// Ends the reply without a message, for example because the model failed. This is the same as
    /// dropping it.
    pub fn fail(self) {
        drop(self);
    }
}
