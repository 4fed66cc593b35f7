//! A scope: a conversation and its current message.

use std::sync::{Arc, Mutex, PoisonError};

use crate::conversation::core::ConversationCore;
use crate::conversation::identity_snapshot::{EventScope, IdentitySnapshot};
use crate::event::ids::message_id::MessageId;
use crate::event::track_event::Event;

/// A conversation and its current message.
#[derive(Debug)]
pub(crate) struct Scope {
    core: Arc<ConversationCore>,
    snapshot: IdentitySnapshot,
    message_id: Option<MessageId>,
    messages: Option<Arc<TurnMessages>>,
}

/// A message from the customer, and the latest reply to that message.
#[derive(Debug)]
struct TurnMessages {
    sent: MessageId,
    reply: Mutex<Option<MessageId>>,
}

impl Scope {
    /// Returns the scope of a conversation without a turn.
    pub(crate) fn for_conversation(core: &Arc<ConversationCore>) -> Arc<Self> {
        Arc::new(Self {
            core: Arc::clone(core),
            snapshot: core.snapshot(),
            message_id: core.latest_message(),
            messages: None,
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
                reply: Mutex::new(None),
            })),
        })
    }

    /// Returns the scope of a reply within this scope. The reply gets the given id or a new one.
    pub(crate) fn reply(&self, id: Option<MessageId>) -> Arc<Self> {
        let id = id.unwrap_or_else(|| self.core.new_message_id());
        if let Some(messages) = &self.messages {
            *messages
                .reply
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(id.clone());
        }
        Arc::new(Self {
            core: Arc::clone(&self.core),
            snapshot: self.core.snapshot(),
            message_id: Some(id),
            messages: self.messages.clone(),
        })
    }

    pub(crate) fn core(&self) -> &Arc<ConversationCore> {
        &self.core
    }

    /// Returns the id of the message that events belong to.
    pub(crate) fn message_id(&self) -> Option<&MessageId> {
        self.message_id.as_ref()
    }

    /// Returns the ids of the customer's message and of the latest reply, if this scope belongs to
    /// a turn.
    pub(crate) fn messages(&self) -> Option<(&MessageId, Option<MessageId>)> {
        let messages = self.messages.as_ref()?;
        let reply = messages
            .reply
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Some((&messages.sent, reply.clone()))
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
