//! A scope: a conversation and its current message.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::conversation::core::ConversationCore;
use crate::conversation::identity_snapshot::{ContextOfTurn, EventScope, IdentitySnapshot};
use crate::conversation::reply_facts::ReplyFacts;
use crate::conversation::reported_calls::{CallDescription, ReportedCalls, ToolReport};
use crate::conversation::turn_replies::{ReplyNumber, TurnReplies};
use crate::event::context::event_context::Context;
use crate::event::extra_properties::SerializedValue;
use crate::event::ids::message_id::MessageId;
use crate::event::track_event::Event;
use crate::event::usage::Usage;

/// A conversation and its current message.
#[derive(Debug)]
pub(crate) struct Scope {
    core: Arc<ConversationCore>,
    snapshot: IdentitySnapshot,
    message_id: Option<MessageId>,
    messages: Option<Arc<TurnMessages>>,
    level: ScopeLevel,
    /// Used only if this is the scope of a reply and `original` is `None`.
    facts: ReplyFacts,
    /// The scope that this one is a copy of, with another context or for a tool call. The facts are
    /// kept there, or in its own original.
    original: Option<Arc<Scope>>,
    reported_calls: ReportedCalls,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScopeLevel {
    /// A conversation or a turn.
    Outer,
    /// A reply in a turn.
    Reply(ReplyNumber),
    /// A reply outside a turn, or one that runs inside another reply, for example the reply of a
    /// sub-agent. The customer sees only the outer one.
    InnerReply,
}

/// Whether the customer sees a reply as soon as it is added to the turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReplyStart {
    /// The reply is running.
    Running,
    /// The reply is a stream that may never be polled.
    Unpolled,
}

/// A message from the customer, and the replies to that message.
#[derive(Debug)]
struct TurnMessages {
    sent: MessageId,
    replies: Mutex<TurnReplies>,
    /// The number of the reply that the customer saw last, or 0 if finding this number requires
    /// locking `replies`.
    last_visible: AtomicU32,
}

impl TurnMessages {
    #[inline]
    fn add(&self, id: &MessageId, start: ReplyStart) -> ReplyNumber {
        let mut replies = self.replies();
        match start {
            ReplyStart::Running => {
                let number = replies.add_running(id);
                self.last_visible.store(number, Ordering::Relaxed);
                number
            }
            ReplyStart::Unpolled => replies.add_unpolled(id),
        }
    }

    #[cold]
    fn show(&self, number: ReplyNumber, id: &MessageId) {
        let mut replies = self.replies();
        replies.show(number, id);
        self.last_visible.store(number, Ordering::Relaxed);
    }

    fn hide(&self, number: ReplyNumber) {
        let mut replies = self.replies();
        replies.hide(number);
        // Numbers start at 1, so the next call that shows a reply takes the lock.
        self.last_visible.store(0, Ordering::Relaxed);
    }

    fn replies(&self) -> MutexGuard<'_, TurnReplies> {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scope {
    /// Returns the scope of a conversation without a turn.
    pub(crate) fn for_conversation(core: &Arc<ConversationCore>) -> Arc<Self> {
        Arc::new(Self {
            core: Arc::clone(core),
            snapshot: core.snapshot(),
            message_id: core.latest_message(),
            messages: None,
            level: ScopeLevel::Outer,
            facts: ReplyFacts::default(),
            original: None,
            reported_calls: ReportedCalls::default(),
        })
    }

    /// Returns the scope of the turn that answers the customer's message `sent`.
    pub(crate) fn for_turn(core: &Arc<ConversationCore>, sent: MessageId) -> Arc<Self> {
        Arc::new(Self {
            core: Arc::clone(core),
            snapshot: core.snapshot(),
            message_id: Some(sent.clone()),
            messages: Some(Arc::new(TurnMessages {
                sent,
                replies: Mutex::default(),
                last_visible: AtomicU32::new(0),
            })),
            level: ScopeLevel::Outer,
            facts: ReplyFacts::default(),
            original: None,
            reported_calls: ReportedCalls::default(),
        })
    }

    /// Returns this scope with another context.
    pub(super) fn with_context(self: &Arc<Self>, context: Context) -> Arc<Self> {
        let (request, turn) = self.contexts();
        let context = match turn {
            Some(own) => own.merged_with(&context),
            None => context,
        };
        let turn = self.core.tracker.fitted(context);
        self.with_contexts(request, Some(turn))
    }

    /// Returns this scope with the context of a request, which is below that of the conversation.
    pub(super) fn with_request_context(self: &Arc<Self>, context: Context) -> Arc<Self> {
        let (_, turn) = self.contexts();
        let request = self.core.tracker.fitted(context);
        self.with_contexts(Some(request), turn)
    }

    /// Returns the contexts of the request and of the turn.
    fn contexts(&self) -> (Option<Arc<Context>>, Option<Arc<Context>>) {
        match &self.snapshot.context_of_turn {
            Some(own) => (own.request.clone(), own.turn.clone()),
            None => (None, None),
        }
    }

    fn with_contexts(
        self: &Arc<Self>,
        request: Option<Arc<Context>>,
        turn: Option<Arc<Context>>,
    ) -> Arc<Self> {
        let contexts = ContextOfTurn::new(request, turn);
        self.with_snapshot(self.core.snapshot_with(contexts))
    }

    /// Returns this scope with the context of another scope.
    pub(super) fn with_context_of(self: &Arc<Self>, other: &Self) -> Arc<Self> {
        self.with_snapshot(other.snapshot.clone())
    }

    fn with_snapshot(self: &Arc<Self>, snapshot: IdentitySnapshot) -> Arc<Self> {
        self.copy(snapshot, self.reported_calls.of_copy())
    }

    /// Returns a scope for a tool call that an adapter reports. Annotated functions in that scope
    /// describe the call.
    pub(crate) fn for_call(self: &Arc<Self>, call: Arc<CallDescription>) -> Arc<Self> {
        self.copy(self.snapshot.clone(), ReportedCalls::of_call(call))
    }

    /// Returns a scope in which an adapter reports all tool calls.
    pub(crate) fn for_suppressed_tools(self: &Arc<Self>) -> Arc<Self> {
        self.copy(self.snapshot.clone(), ReportedCalls::suppressed())
    }

    fn copy(
        self: &Arc<Self>,
        snapshot: IdentitySnapshot,
        reported_calls: ReportedCalls,
    ) -> Arc<Self> {
        let original = match &self.original {
            // A handle that is replaced again and again must not keep all its earlier scopes. Only
            // the scope of a call must live as long as its copies.
            Some(original) if self.reported_calls.is_same_call(&original.reported_calls) => {
                Arc::clone(original)
            }
            _ => Arc::clone(self),
        };
        Arc::new(Self {
            core: Arc::clone(&self.core),
            snapshot,
            message_id: self.message_id.clone(),
            messages: self.messages.clone(),
            level: self.level,
            facts: ReplyFacts::default(),
            original: Some(original),
            reported_calls,
        })
    }

    /// Returns the scope of a reply within this scope. The reply gets the given id or a new one.
    pub(crate) fn reply(&self, id: Option<MessageId>, start: ReplyStart) -> Arc<Self> {
        let id = id.unwrap_or_else(|| self.core.new_message_id());
        let level = match &self.messages {
            Some(messages) if self.level == ScopeLevel::Outer => {
                ScopeLevel::Reply(messages.add(&id, start))
            }
            _ => ScopeLevel::InnerReply,
        };
        Arc::new(Self {
            core: Arc::clone(&self.core),
            snapshot: self.core.renewed_snapshot(&self.snapshot),
            message_id: Some(id),
            messages: self.messages.clone(),
            level,
            facts: ReplyFacts::default(),
            original: None,
            reported_calls: ReportedCalls::default(),
        })
    }

    /// Records that the customer sees this reply: its stream is polled, or its message was sent.
    #[inline]
    pub(crate) fn reply_shown(&self) {
        if let (ScopeLevel::Reply(number), Some(messages)) = (self.level, &self.messages)
            && messages.last_visible.load(Ordering::Relaxed) != number
            && let Some(id) = &self.message_id
        {
            messages.show(number, id);
        }
    }

    /// Sends the message of this reply. Facts about the reply that are reported later are ignored.
    #[inline]
    pub(crate) fn send_reply(&self, mut event: Event) {
        self.facts().close_with(&mut event);
        self.track(event);
        self.reply_shown();
    }

    fn facts(&self) -> &ReplyFacts {
        let mut scope = self;
        while let Some(original) = &scope.original {
            scope = original;
        }
        &scope.facts
    }

    /// Sets a property of this reply's message. Returns `false` if the reply has ended.
    pub(crate) fn set_reply_property(
        &self,
        name: Cow<'static, str>,
        value: SerializedValue,
    ) -> bool {
        self.facts().set_property(name, value)
    }

    /// Adds the usage of a model to this reply. Returns `false` if the reply has ended.
    pub(crate) fn add_reply_usage(&self, usage: Usage) -> bool {
        self.facts().add_usage(usage)
    }

    /// Ignores facts about the reply, because another process sends its message.
    pub(super) fn ignore_facts(&self) {
        self.facts().close();
    }

    /// Records that this reply ended without a message.
    pub(crate) fn reply_discarded(&self) {
        self.facts().close();
        if let (ScopeLevel::Reply(number), Some(messages)) = (self.level, &self.messages) {
            messages.hide(number);
        }
    }

    /// Returns whether an adapter reports tool calls in this scope.
    #[inline]
    pub(crate) fn has_reported_calls(&self) -> bool {
        self.reported_calls.is_active()
    }

    /// Returns what happens with the event of an annotated tool that starts in this scope and whose
    /// event belongs to `target`.
    #[cold]
    pub(crate) fn tool_report(&self, target: &Self) -> ToolReport {
        let is_same_conversation = Arc::ptr_eq(&self.core, &target.core);
        self.reported_calls.report(is_same_conversation)
    }

    /// Returns whether an adapter reports all tool calls in this scope.
    pub(crate) fn suppresses_tools(&self) -> bool {
        self.reported_calls.is_suppressed()
    }

    /// Records that an adapter reports all tool calls in this scope.
    pub(crate) fn suppress_tools(&self) {
        self.reported_calls.suppress();
    }

    /// Records that no adapter reports all tool calls in this scope any more.
    pub(crate) fn allow_tools(&self) {
        self.reported_calls.allow();
    }

    /// Returns the id of the reply, if this is the scope of a reply.
    pub(super) fn reply_id(&self) -> Option<&MessageId> {
        let is_reply = self.level != ScopeLevel::Outer;
        self.message_id.as_ref().filter(|_| is_reply)
    }

    /// Returns whether both scopes belong to the same turn.
    pub(super) fn is_same_turn(&self, other: &Self) -> bool {
        match (&self.messages, &other.messages) {
            (Some(messages), Some(other)) => Arc::ptr_eq(messages, other),
            _ => false,
        }
    }

    pub(crate) fn core(&self) -> &Arc<ConversationCore> {
        &self.core
    }

    /// Returns the id of the message that events belong to.
    pub(crate) fn message_id(&self) -> Option<&MessageId> {
        self.message_id.as_ref()
    }

    /// Returns the id of the customer's message, if this scope belongs to a turn.
    pub(crate) fn sent_message(&self) -> Option<&MessageId> {
        Some(&self.messages.as_ref()?.sent)
    }

    /// Returns the id of the latest reply, if this scope belongs to a turn.
    pub(crate) fn latest_reply(&self) -> Option<MessageId> {
        self.messages.as_ref()?.replies().latest().cloned()
    }

    /// Returns the id of the reply that the customer saw last, if this scope belongs to a turn.
    pub(crate) fn visible_reply(&self) -> Option<MessageId> {
        self.messages.as_ref()?.replies().visible().cloned()
    }

    /// Returns whether the tracker is enabled.
    pub(crate) fn is_recording(&self) -> bool {
        self.core.tracker.is_enabled()
    }

    /// Sends a message and returns its id.
    pub(super) fn message(&self, event: Event) -> MessageId {
        let scope = EventScope {
            message_id: None,
            snapshot: Some(&self.snapshot),
        };
        self.core.message_in(scope, event)
    }

    /// Sends an event. The event belongs to the message of this scope, unless another message was
    /// set on the event.
    pub(crate) fn track(&self, event: Event) {
        let scope = EventScope {
            message_id: self.message_id.as_ref(),
            snapshot: Some(&self.snapshot),
        };
        self.core.emit(scope, event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestTracker;

    fn in_context(scope: &Arc<Scope>, number: u32) -> Arc<Scope> {
        scope.with_context(Context::new().set("number", number))
    }

    #[test]
    fn copies_of_copies_keep_only_the_original() {
        let turn = TestTracker::new().conversation().turn("Hello");
        let reply = turn.scope().reply(None, ReplyStart::Running);
        let first = in_context(&reply, 1);
        let second = in_context(&first, 2);
        let is_kept = Arc::downgrade(&first);
        drop(first);
        assert!(is_kept.upgrade().is_none());
        assert!(second.add_reply_usage(Usage::new()));
        reply.reply_discarded();
        assert!(!second.add_reply_usage(Usage::new()));
    }

    #[test]
    fn a_copy_keeps_the_calls_that_it_runs_in() {
        let turn = TestTracker::new().conversation().turn("Hello");
        let [outer, inner] = [(); 2].map(|()| Arc::new(CallDescription::default()));
        let are_running = [&outer, &inner].map(Arc::downgrade);
        let outer = in_context(&turn.scope().for_call(outer), 1);
        let first = in_context(&outer.for_call(inner), 2);
        drop(outer);
        let second = in_context(&first, 3);
        let is_kept = Arc::downgrade(&first);
        drop(first);
        assert!(is_kept.upgrade().is_none());
        assert!(are_running.iter().all(|call| call.upgrade().is_some()));
        drop(second);
        assert!(are_running.iter().all(|call| call.upgrade().is_none()));
    }

    #[test]
    fn tools_in_a_copy_are_reported_like_those_in_the_original() {
        let turn = TestTracker::new().conversation().turn("Hello");
        let suppressed = in_context(&turn.scope().for_suppressed_tools(), 1);
        assert!(suppressed.suppresses_tools());
        let call = turn.scope().for_call(Arc::new(CallDescription::default()));
        let copy = in_context(&call, 1);
        assert!(matches!(copy.tool_report(&copy), ToolReport::Describe(_)));
        // The call is described once.
        for scope in [&call, &copy, &in_context(&call, 2)] {
            assert!(matches!(scope.tool_report(scope), ToolReport::Own));
        }
    }
}
