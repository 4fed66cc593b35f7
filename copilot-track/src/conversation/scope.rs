//! A scope: a conversation and its current message.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::conversation::core::ConversationCore;
use crate::conversation::identity_snapshot::{EventScope, IdentitySnapshot};
use crate::conversation::turn_replies::TurnReplies;
use crate::event::ids::message_id::MessageId;
use crate::event::track_event::Event;

/// A conversation and its current message.
#[derive(Debug)]
pub(crate) struct Scope {
    core: Arc<ConversationCore>,
    snapshot: IdentitySnapshot,
    message_id: Option<MessageId>,
    messages: Option<Arc<TurnMessages>>,
    level: ScopeLevel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScopeLevel {
    /// A conversation or a turn.
    Outer,
    /// A reply.
    Reply,
    /// A reply that runs inside another one, for example the reply of a sub-agent. The customer
    /// sees only the outer one.
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
}

impl TurnMessages {
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
            })),
            level: ScopeLevel::Outer,
        })
    }

    /// Returns the scope of a reply within this scope. The reply gets the given id or a new one.
    pub(crate) fn reply(&self, id: Option<MessageId>, start: ReplyStart) -> Arc<Self> {
        let id = id.unwrap_or_else(|| self.core.new_message_id());
        let level = if self.level == ScopeLevel::Outer {
            if let Some(messages) = &self.messages {
                let mut replies = messages.replies();
                match start {
                    ReplyStart::Running => replies.add_running(id.clone()),
                    ReplyStart::Unpolled => replies.add_unpolled(id.clone()),
                }
            }
            ScopeLevel::Reply
        } else {
            ScopeLevel::InnerReply
        };
        Arc::new(Self {
            core: Arc::clone(&self.core),
            snapshot: self.core.snapshot(),
            message_id: Some(id),
            messages: self.messages.clone(),
            level,
        })
    }

    /// Records that the customer sees this reply: its stream is polled, or its message was sent.
    pub(crate) fn reply_shown(&self) {
        self.change_reply(TurnReplies::show);
    }

    /// Records that this reply ended without a message.
    pub(crate) fn reply_discarded(&self) {
        self.change_reply(TurnReplies::hide);
    }

    fn change_reply(&self, change: impl FnOnce(&mut TurnReplies, &MessageId)) {
        if self.level == ScopeLevel::Reply
            && let (Some(messages), Some(id)) = (&self.messages, &self.message_id)
        {
            change(&mut messages.replies(), id);
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
