//! The turn and the reply that a call belongs to.

use std::borrow::Cow;
use std::sync::Arc;

use super::outcome::Outcome;
use crate::conversation::conversation::Conversation;
use crate::conversation::current::{self, InTurn};
use crate::conversation::reply::Reply;
use crate::conversation::scope::Scope;
use crate::conversation::turn::Turn;
use crate::event::extra_properties::SerializedValue;
use crate::event::properties::opt_in::COMPLETION;

/// A turn, and the reply in it that was current when this handle was created.
///
/// A [`Turn`] alone does not know which of its replies a call belongs to. This handle does. It is
/// cheap to clone and can be sent to other tasks and threads.
#[derive(Debug, Clone)]
pub struct TurnScope(pub(super) Arc<Scope>);

impl TurnScope {
    /// Returns the current turn and reply. Returns `None` outside any conversation.
    #[must_use]
    pub fn current() -> Option<Self> {
        current::get().map(Self)
    }

    /// Returns the conversation.
    #[must_use]
    pub fn conversation(&self) -> Conversation {
        Conversation::from_scope(&self.0)
    }

    /// Returns the turn, or `None` if a conversation without a turn was current.
    #[must_use]
    pub fn turn(&self) -> Option<Turn> {
        Turn::of(Arc::clone(&self.0))
    }

    /// Returns the reply. If no reply was current, the handle does nothing.
    pub fn reply(&self) -> Reply {
        Reply::of(Some(Arc::clone(&self.0)))
    }

    /// Returns a future or stream that makes this turn and reply current while it is polled.
    pub fn run<F>(&self, future: F) -> InTurn<F> {
        InTurn::new(future, Some(Arc::clone(&self.0)))
    }

    /// Returns a future or stream that is polled in `scope` or, if it is `None`, without a current
    /// turn. Use it for work that can be polled while another user's turn is current.
    pub fn run_in<F>(scope: Option<&Self>, future: F) -> InTurn<F> {
        InTurn::exactly_in(future, scope.map(|scope| Arc::clone(&scope.0)))
    }

    /// Sets why the streamed text of the reply is incomplete: the property `completion` is `error`
    /// or `cancelled`. [`Outcome::Ok`] has no effect, and neither has a reply that has ended.
    pub fn set_completion(&self, outcome: &Outcome) {
        if *outcome != Outcome::Ok && self.0.is_recording() && self.reply().id().is_some() {
            let value = SerializedValue::of(outcome.as_str());
            self.0.set_reply_property(Cow::Borrowed(COMPLETION), value);
        }
    }

    /// Prevents annotated tools from sending Action Invoked in this scope, from now on. The adapter
    /// reports the calls. Other events of annotated functions are sent.
    ///
    /// Use it if the framework tells the adapter about each call but gives it no way to run the
    /// tool's future. The scope in which a tool is polled can be that of another user, so suppress
    /// tools in the scope of each run that can poll them.
    ///
    /// If the adapter can run the tool's future, use
    /// [`StartedToolCall::run`](super::StartedToolCall::run) instead. It also uses the attribute's
    /// `type` and properties, and it does not affect annotated functions outside the tool.
    pub fn suppress_tools(&self) {
        self.0.suppress_tools();
    }

    /// Ends the effect of [`suppress_tools`](Self::suppress_tools): annotated tools in this scope
    /// send their events again.
    ///
    /// Use it if the adapter has to suppress tools before it is known whether a run of the host
    /// needs this.
    pub fn allow_tools(&self) {
        self.0.allow_tools();
    }

    /// Returns a scope with the same turn and reply in which annotated tools send no events. This
    /// scope does not change.
    ///
    /// If the adapter can wrap the future of the host that polls the tools, run the future in such
    /// a scope. Annotated tools outside of that future then send their events. The future must also
    /// be dropped in the scope if the host can poll tools when it is dropped.
    #[must_use]
    pub fn suppressing_tools(&self) -> Self {
        Self(self.0.for_suppressed_tools())
    }

    /// Returns whether [`suppress_tools`](Self::suppress_tools) was called for this scope. The work
    /// that is polled in it can belong to another user.
    #[must_use]
    pub fn suppresses_tools(&self) -> bool {
        self.0.suppresses_tools()
    }

    /// Calls a closure while this turn and reply are current.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = current::enter(Arc::clone(&self.0));
        f()
    }
}

impl From<&Turn> for TurnScope {
    fn from(turn: &Turn) -> Self {
        Self(Arc::clone(turn.scope()))
    }
}

impl From<Turn> for TurnScope {
    fn from(turn: Turn) -> Self {
        Self::from(&turn)
    }
}

/// The scope of a conversation without a turn.
impl From<&Conversation> for TurnScope {
    fn from(conversation: &Conversation) -> Self {
        Self(Scope::for_conversation(conversation.core()))
    }
}

impl From<Conversation> for TurnScope {
    fn from(conversation: Conversation) -> Self {
        Self::from(&conversation)
    }
}
