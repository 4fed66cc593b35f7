//! A tracked call and its completion.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::conversation::conversation::Conversation;
use crate::conversation::current::{self, Entered, InTurn};
use crate::conversation::reported_calls::ToolReport;
use crate::conversation::scope::{ReplyStart, Scope};
use crate::event::extra_properties::SerializedValue;
use crate::tracking::call_site::{ActiveScope, CURRENT, CallSite, TargetConversation};
use crate::tracking::evaluation::{contain, invalid_event};
use crate::tracking::pending_event::PendingEvent;
use crate::tracking::recorder::{RecordOptions, Recorder};
use crate::tracking::reply::{OpenReply, ReplyOptions, TrackedReply};
use crate::tracking::reported_tool::tool_report;

/// A call that is being tracked. Outside a conversation, it has no scope and nothing is pending.
#[must_use = "the event is sent when the call completes"]
#[derive(Debug)]
pub struct TrackedCall {
    /// The scope of the function body, if the body has its own scope.
    pub(super) scope: Option<Arc<Scope>>,
    pub(super) pending: Pending,
}

/// What happens when the call completes.
#[derive(Debug)]
pub(super) enum Pending {
    Nothing,
    /// An event that is sent if the function succeeds.
    Held(Box<HeldEvent>),
    /// An event that is sent whether or not the function succeeds.
    Recorded(Recorder),
    /// A recorded event and a held event. The recorded event is sent first.
    RecordedAndHeld(Box<(Recorder, HeldEvent)>),
    /// A message whose text is taken from the output.
    Reply(TrackedReply),
    /// A reply whose message is not sent.
    UnsentReply(OpenReply),
    /// A conversation that ends if the function succeeds.
    Conversation(Arc<Scope>),
}

/// An event that is held until the function succeeds.
pub(super) struct HeldEvent(Arc<Scope>, PendingEvent);

impl CallSite {
    /// Holds an event until the function succeeds.
    pub fn hold(
        &self,
        target: TargetConversation,
        event: impl FnOnce() -> PendingEvent,
    ) -> TrackedCall {
        TrackedCall::unscoped(self.active_scope(target).map_or(Pending::Nothing, |scope| {
            Pending::Held(Box::new(HeldEvent(scope.0, self.evaluate(event))))
        }))
    }

    /// Starts recording a call.
    pub fn record(
        &self,
        target: TargetConversation,
        record: RecordOptions,
        event: impl FnOnce() -> PendingEvent,
    ) -> TrackedCall {
        TrackedCall::unscoped(self.active_scope(target).map_or(Pending::Nothing, |scope| {
            self.recorded(scope, record, event)
                .map_or(Pending::Nothing, Pending::Recorded)
        }))
    }

    /// Sends an event, and holds another event until the function succeeds.
    pub fn send_and_hold(
        &self,
        target: TargetConversation,
        event: impl FnOnce() -> PendingEvent,
        held: impl FnOnce() -> PendingEvent,
    ) -> TrackedCall {
        TrackedCall::unscoped(self.active_scope(target).map_or(Pending::Nothing, |scope| {
            let held_scope = Arc::clone(&scope.0);
            scope.send(self.evaluate(event));
            Pending::Held(Box::new(HeldEvent(held_scope, self.evaluate(held))))
        }))
    }

    /// Starts recording a call, and holds another event until the function succeeds.
    pub fn record_and_hold(
        &self,
        target: TargetConversation,
        record: RecordOptions,
        event: impl FnOnce() -> PendingEvent,
        held: impl FnOnce() -> PendingEvent,
    ) -> TrackedCall {
        TrackedCall::unscoped(self.active_scope(target).map_or(Pending::Nothing, |scope| {
            let held = HeldEvent(Arc::clone(&scope.0), self.evaluate(held));
            match self.recorded(scope, record, event) {
                Some(recorder) => Pending::RecordedAndHeld(Box::new((recorder, held))),
                None => Pending::Held(Box::new(held)),
            }
        }))
    }

    /// Starts recording a tool call, unless only an adapter reports the call.
    fn recorded(
        &self,
        scope: ActiveScope,
        record: RecordOptions,
        event: impl FnOnce() -> PendingEvent,
    ) -> Option<Recorder> {
        let described = match tool_report(&scope.0) {
            ToolReport::Own => None,
            ToolReport::Describe(call) => Some(call),
            ToolReport::Suppressed => return None,
        };
        let recorder = Recorder::new(scope.0, record, self.evaluate(event));
        Some(recorder.describing(described))
    }

    /// Starts a reply, which gets its own message id.
    pub fn reply(
        &self,
        target: TargetConversation,
        options: impl FnOnce() -> ReplyOptions,
    ) -> TrackedCall {
        self.scope(target)
            .map_or_else(TrackedCall::nothing, |found| {
                self.reply_in(&found.scope, found.is_sent, options)
            })
    }

    /// Starts a reply in `scope`.
    fn reply_in(
        &self,
        scope: &Scope,
        is_sent: bool,
        options: impl FnOnce() -> ReplyOptions,
    ) -> TrackedCall {
        let recording = scope.is_recording();
        let mut options = if recording {
            self.evaluate(options)
        } else {
            ReplyOptions::new()
        };
        let scope = options.open(scope, ReplyStart::Running);
        let pending = if is_sent {
            Pending::Reply(TrackedReply::new(Arc::clone(&scope), options))
        } else if recording {
            Pending::UnsentReply(OpenReply::new(Arc::clone(&scope)))
        } else {
            Pending::Nothing
        };
        TrackedCall {
            scope: Some(scope),
            pending,
        }
    }

    /// Sends the customer's message and starts the turn.
    pub fn message(
        &self,
        target: TargetConversation,
        message: impl FnOnce() -> PendingEvent,
    ) -> TrackedCall {
        let found = self.scope(target);
        TrackedCall {
            scope: found.map(|found| found.start_turn(|| self.evaluate(message))),
            pending: Pending::Nothing,
        }
    }

    /// Sends the customer's message, and starts the reply to it.
    pub fn turn(
        &self,
        target: TargetConversation,
        message: impl FnOnce() -> PendingEvent,
        options: impl FnOnce() -> ReplyOptions,
    ) -> TrackedCall {
        let Some(found) = self.scope(target) else {
            return TrackedCall::nothing();
        };
        let is_sent = found.is_sent;
        let turn = found.start_turn(|| self.evaluate(message));
        self.reply_in(&turn, is_sent, options)
    }

    /// Sends a message that has only text, and starts the turn.
    pub fn message_of<T: ?Sized>(
        &self,
        body: &T,
        text: impl FnOnce(&T) -> Option<Cow<'_, str>>,
    ) -> TrackedCall {
        self.message(CURRENT, || self.message_sent(text(body)))
    }

    /// Starts the conversation, unless it has already started.
    pub fn conversation(&self, target: impl FnOnce() -> TargetConversation) -> TrackedCall {
        let Some(found) = self.scope(self.evaluate(target)) else {
            return TrackedCall::nothing();
        };
        let pending = if found.is_sent {
            Conversation::from_scope(&found.scope).start();
            Pending::Conversation(Arc::clone(&found.scope))
        } else {
            Pending::Nothing
        };
        TrackedCall {
            scope: Some(found.scope),
            pending,
        }
    }
}

impl TrackedCall {
    pub(super) fn nothing() -> Self {
        Self::unscoped(Pending::Nothing)
    }

    /// Completes a call whose future was dropped.
    #[cold]
    pub(super) fn cancel(&mut self) {
        match std::mem::replace(&mut self.pending, Pending::Nothing) {
            Pending::Recorded(recorder) => recorder.cancel(),
            Pending::RecordedAndHeld(both) => both.0.cancel(),
            _ => {}
        }
    }

    fn unscoped(pending: Pending) -> Self {
        Self {
            scope: None,
            pending,
        }
    }

    /// Enters the scope of the call.
    #[must_use = "the scope is left when the guard is dropped"]
    pub fn enter(&self) -> Option<Entered> {
        self.scope.clone().map(current::enter)
    }

    /// Returns a future that polls `body` in the scope of the call.
    pub fn run<F: Future>(&self, body: F) -> InTurn<F> {
        InTurn::new(body, self.scope.clone())
    }

    /// Completes the call. Calls `complete` with the output only if something is pending.
    #[inline]
    pub fn complete_with<T: ?Sized>(self, out: &T, complete: impl FnOnce(&T, Completion)) {
        if let Some(end) = self.pending.ready() {
            end.complete_contained(|end| complete(out, end));
        }
    }

    /// Completes the call. If the call failed, `failure` is the name of the error type.
    pub fn finish(self, failure: Option<&'static str>) {
        Completion(self.pending).finish(failure);
    }

    /// Completes a reply with its text.
    #[inline]
    pub fn finish_reply<T: ?Sized>(
        self,
        failure: Option<&'static str>,
        reply: &T,
        text: impl FnOnce(&T) -> Option<Cow<'_, str>>,
    ) {
        if let Some(end) = self.pending.ready() {
            end.finish_reply_of(failure, reply, text);
        }
    }

    /// Enters the scope and returns a guard, for functions that cannot fail. When the guard is
    /// dropped, it completes the call as a success, unless the thread is panicking.
    #[must_use = "the call completes when the guard is dropped"]
    pub fn until_return(self) -> ReturnGuard {
        ReturnGuard {
            entered: self.scope.map(current::enter),
            pending: self.pending,
            panicking: std::thread::panicking(),
        }
    }
}

impl Pending {
    /// Returns whether the event is sent even if the call is cancelled.
    #[inline]
    pub(super) fn is_recorded(&self) -> bool {
        matches!(self, Self::Recorded(_) | Self::RecordedAndHeld(_))
    }

    /// Returns the completion, or `None` if there is nothing to complete.
    #[inline]
    pub(super) fn ready(self) -> Option<Completion> {
        match self {
            Self::Nothing => None,
            pending => Some(Completion(pending)),
        }
    }
}

/// The pending completion of a call.
#[derive(Debug)]
pub struct Completion(Pending);

impl Completion {
    /// Completes the call with a closure that evaluates an argument. If the closure panics, the
    /// ledger counts the event as dropped.
    pub(crate) fn complete_contained(mut self, complete: impl FnOnce(Self)) {
        let scope = match &mut self.0 {
            Pending::Recorded(recorder) => recorder.scope_for_panic(),
            Pending::RecordedAndHeld(both) => both.0.scope_for_panic(),
            Pending::Reply(reply) => reply.scope().map(Arc::clone),
            Pending::Held(held) => Some(Arc::clone(&held.0)),
            Pending::Nothing | Pending::UnsentReply(_) | Pending::Conversation(_) => None,
        };
        if contain(|| complete(self)).is_none()
            && let Some(scope) = scope
        {
            scope.track(invalid_event());
        }
    }

    /// Completes the call. If the call failed, `failure` is the name of the error type.
    pub fn finish(self, failure: Option<&'static str>) {
        match self.0 {
            Pending::Nothing => {}
            Pending::UnsentReply(reply) => drop(reply),
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
                    Conversation::from_scope(&scope).end();
                }
            }
        }
    }

    /// Sets a property of the event.
    #[must_use]
    pub fn property(mut self, name: &'static str, value: SerializedValue) -> Self {
        match &mut self.0 {
            Pending::Held(held) => held.1.set_property(name, value),
            Pending::Recorded(recorder) => recorder.set_property(name, value),
            Pending::RecordedAndHeld(both) => both.0.set_property(name, value),
            Pending::Reply(reply) => reply.set_property(name, value),
            Pending::Nothing | Pending::UnsentReply(_) | Pending::Conversation(_) => {}
        }
        self
    }

    /// Completes the call with a given `outcome`.
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

    /// Completes a reply with the text that a function of the application extracts. If the function
    /// panics, the ledger counts the message as dropped.
    #[inline]
    pub(super) fn finish_reply_of<T: ?Sized>(
        self,
        failure: Option<&'static str>,
        reply: &T,
        text: impl FnOnce(&T) -> Option<Cow<'_, str>>,
    ) {
        match contain(|| text(reply)) {
            Some(text) => self.finish_reply(failure, text),
            None => self.text_panicked(failure),
        }
    }

    #[cold]
    fn text_panicked(self, failure: Option<&'static str>) {
        if let Pending::Reply(reply) = self.0
            && let Some(scope) = reply.scope().map(Arc::clone)
        {
            // Media Generated does not depend on the text.
            reply.finish(failure, None);
            if failure.is_none() {
                scope.track(invalid_event());
            }
        }
    }

    /// Completes a reply with its text. If `text` is `None`, no message is sent.
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

/// A guard that completes a call when the function returns.
#[derive(Debug)]
pub struct ReturnGuard {
    entered: Option<Entered>,
    pending: Pending,
    /// Whether the thread was already panicking when the function was called.
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
