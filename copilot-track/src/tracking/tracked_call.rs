//! A call that is tracked to its end: what it began, and how that ends.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::conversation::current::{self, Entered, InTurn};
use crate::conversation::scope::Scope;
use crate::tracking::call_site::{AMBIENT, CallSite, TargetConversation};
use crate::tracking::pending_event::PendingEvent;
use crate::tracking::recorder::{RecordOptions, Recorder};
use crate::tracking::reply::{ReplyOptions, TrackedReply};

/// What a call has begun. Outside any conversation that is nothing.
#[must_use = "the event is sent when the call has ended"]
#[derive(Debug)]
pub struct TrackedCall {
    /// The scope that the body runs in, if it has one of its own.
    pub(super) scope: Option<Arc<Scope>>,
    pub(super) pending: Pending,
}

/// What waits for the end.
#[derive(Debug)]
pub(super) enum Pending {
    Nothing,
    /// Sent when the function has succeeded, and not otherwise.
    Held(Box<HeldEvent>),
    /// Sent however the call ends.
    Recorded(Recorder),
    /// Both, in this order.
    RecordedAndHeld(Box<(Recorder, HeldEvent)>),
    /// Sent with the text of the value.
    Reply(TrackedReply),
    /// A conversation, which ends when the function has succeeded.
    Conversation(Arc<Scope>),
}

/// An event that is held back.
pub(super) struct HeldEvent(Arc<Scope>, PendingEvent);

impl CallSite {
    /// Holds an event back until the function has succeeded.
    pub fn hold(
        &self,
        target: TargetConversation,
        event: impl FnOnce() -> PendingEvent,
    ) -> TrackedCall {
        TrackedCall::unscoped(self.active_scope(target).map_or(Pending::Nothing, |scope| {
            Pending::Held(Box::new(HeldEvent(scope.0, event())))
        }))
    }

    /// Records a call until its end.
    pub fn record(
        &self,
        target: TargetConversation,
        record: RecordOptions,
        event: impl FnOnce() -> PendingEvent,
    ) -> TrackedCall {
        TrackedCall::unscoped(self.active_scope(target).map_or(Pending::Nothing, |scope| {
            Pending::Recorded(Recorder::new(scope.0, record, event()))
        }))
    }

    /// Records a call until its end, and holds back what it makes.
    pub fn record_and_hold(
        &self,
        target: TargetConversation,
        record: RecordOptions,
        event: impl FnOnce() -> PendingEvent,
        held: impl FnOnce() -> PendingEvent,
    ) -> TrackedCall {
        TrackedCall::unscoped(self.active_scope(target).map_or(Pending::Nothing, |scope| {
            let held = HeldEvent(Arc::clone(&scope.0), held());
            Pending::RecordedAndHeld(Box::new((Recorder::new(scope.0, record, event()), held)))
        }))
    }

    /// Begins a reply, which gets an id of its own.
    pub fn reply(
        &self,
        target: TargetConversation,
        options: impl FnOnce() -> ReplyOptions,
    ) -> TrackedCall {
        let Some(scope) = self.scope(target) else {
            return TrackedCall::nothing();
        };
        let recording = scope.is_recording();
        let mut options = if recording {
            options()
        } else {
            ReplyOptions::new()
        };
        let scope = options.open(&scope);
        let pending = if recording {
            Pending::Reply(TrackedReply::new(Arc::clone(&scope), options))
        } else {
            Pending::Nothing
        };
        TrackedCall {
            scope: Some(scope),
            pending,
        }
    }

    /// Sends the customer's message, and begins the turn on it.
    pub fn message(
        &self,
        target: TargetConversation,
        message: impl FnOnce() -> PendingEvent,
    ) -> TrackedCall {
        let scope = self.scope(target).map(|scope| {
            if !scope.is_recording() {
                return scope;
            }
            let turn = scope.conversation().turn_with(message().into_event());
            Arc::clone(turn.scope())
        });
        TrackedCall {
            scope,
            pending: Pending::Nothing,
        }
    }

    /// The same, where all that is said of the message is its text.
    pub fn message_of<T: ?Sized>(
        &self,
        body: &T,
        text: impl FnOnce(&T) -> Option<Cow<'_, str>>,
    ) -> TrackedCall {
        self.message(AMBIENT, || self.message_sent(text(body)))
    }

    /// Starts the conversation, unless it has started.
    pub fn conversation(&self, target: TargetConversation) -> TrackedCall {
        let Some(scope) = self.scope(target) else {
            return TrackedCall::nothing();
        };
        scope.conversation().start();
        TrackedCall {
            scope: Some(Arc::clone(&scope)),
            pending: Pending::Conversation(scope),
        }
    }
}

impl TrackedCall {
    pub(super) fn nothing() -> Self {
        Self::unscoped(Pending::Nothing)
    }

    fn unscoped(pending: Pending) -> Self {
        Self {
            scope: None,
            pending,
        }
    }

    /// Enters the call's scope.
    #[must_use = "the scope is left when the guard is dropped"]
    pub fn enter(&self) -> Option<Entered> {
        self.scope.clone().map(current::enter)
    }

    /// Polls a body in the call's scope.
    pub fn run<F: Future>(&self, body: F) -> InTurn<F> {
        InTurn::new(body, self.scope.clone())
    }

    /// The body has given its value. `how` looks at that, if anything waits for it.
    #[inline]
    pub fn complete_with<T: ?Sized>(self, out: &T, how: impl FnOnce(&T, Completion)) {
        if let Some(end) = self.pending.ready() {
            how(out, end);
        }
    }

    /// The same, with a value or with an error of the type that `failure` names.
    pub fn finish(self, failure: Option<&'static str>) {
        Completion(self.pending).finish(failure);
    }

    /// The same, with a reply.
    #[inline]
    pub fn finish_reply<T: ?Sized>(
        self,
        failure: Option<&'static str>,
        reply: &T,
        text: impl FnOnce(&T) -> Option<Cow<'_, str>>,
    ) {
        if let Some(end) = self.pending.ready() {
            end.finish_reply(failure, text(reply));
        }
    }

    /// For a body that stays in its place and cannot fail: enters the scope, and ends when the
    /// guard is dropped, unless that is because of a panic.
    #[must_use = "the call ends when the guard is dropped"]
    pub fn until_return(self) -> ReturnGuard {
        ReturnGuard {
            entered: self.scope.map(current::enter),
            pending: self.pending,
            panicking: std::thread::panicking(),
        }
    }
}

impl Pending {
    /// What there is to end, if there is anything.
    #[inline]
    pub(super) fn ready(self) -> Option<Completion> {
        match self {
            Self::Nothing => None,
            pending => Some(Completion(pending)),
        }
    }
}

/// How a call ends.
#[derive(Debug)]
pub struct Completion(Pending);

impl Completion {
    /// With a value, or with an error of the type that `failure` names.
    pub fn finish(self, failure: Option<&'static str>) {
        match self.0 {
            Pending::Nothing => {}
            Pending::Held(held) => held.finish(failure),
            Pending::Recorded(recorder) => recorder.finish(failure),
            Pending::RecordedAndHeld(both) => {
                let (recorder, held) = *both;
                recorder.finish(failure);
                held.finish(failure);
            }
            Pending::Reply(reply) => reply.finish(failure, None),
            Pending::Conversation(scope) => {
                if failure.is_none() {
                    scope.conversation().end();
                }
            }
        }
    }

    /// The same, with another word for how it went.
    pub fn finish_with_outcome(self, failure: Option<&'static str>, outcome: Cow<'static, str>) {
        match self.0 {
            Pending::Recorded(recorder) => recorder.finish_with_outcome(failure, outcome),
            Pending::RecordedAndHeld(both) => {
                let (recorder, held) = *both;
                recorder.finish_with_outcome(failure, outcome);
                held.finish(failure);
            }
            other => Self(other).finish(failure),
        }
    }

    /// With the text of a reply; without one nothing was said, and no message is sent.
    pub fn finish_reply(self, failure: Option<&'static str>, text: Option<Cow<'_, str>>) {
        match self.0 {
            Pending::Reply(reply) => reply.finish(failure, text),
            other => Self(other).finish(failure),
        }
    }
}

impl HeldEvent {
    fn finish(self, failure: Option<&'static str>) {
        if failure.is_none() {
            self.0.track(self.1.into_event());
        }
    }
}

/// Ends a call when its function returns.
#[derive(Debug)]
pub struct ReturnGuard {
    entered: Option<Entered>,
    pending: Pending,
    /// There was a panic already, in which the function is called.
    panicking: bool,
}

impl Drop for ReturnGuard {
    fn drop(&mut self) {
        self.entered = None;
        if self.panicking || !std::thread::panicking() {
            let pending = std::mem::replace(&mut self.pending, Pending::Nothing);
            Completion(pending).finish(None);
        }
    }
}

impl fmt::Debug for HeldEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeldEvent")
    }
}
