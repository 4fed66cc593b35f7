//! What is ambient: a conversation and the message that is being worked on.

use std::sync::{Arc, Mutex, PoisonError};

use crate::conversation::handle::Conversation;
use crate::conversation::identity_snapshot::{EventScope, IdentitySnapshot};
use crate::event::ids::MessageId;
use crate::event::track_event::Event;

/// What is ambient: a conversation, and the message that is being worked on.
#[derive(Debug)]
pub(crate) struct Scope {
    conversation: Conversation,
    snapshot: IdentitySnapshot,
    message_id: Option<MessageId>,
    messages: Option<Arc<TurnMessages>>,
}

/// One message of the customer, and the reply to it.
#[derive(Debug)]
struct TurnMessages {
    sent: MessageId,
    reply: Mutex<Option<MessageId>>,
}

impl Scope {
    /// A conversation of which no message is being worked on.
    pub(crate) fn for_conversation(conversation: &Conversation) -> Arc<Self> {
        Arc::new(Self {
            conversation: conversation.clone(),
            snapshot: conversation.snapshot(),
            message_id: conversation.latest_message(),
            messages: None,
        })
    }

    /// A turn that works on a message of the customer.
    pub(crate) fn for_turn(conversation: &Conversation, sent: MessageId) -> Arc<Self> {
        Arc::new(Self {
            conversation: conversation.clone(),
            snapshot: conversation.snapshot(),
            message_id: Some(sent.clone()),
            messages: Some(Arc::new(TurnMessages {
                sent,
                reply: Mutex::new(None),
            })),
        })
    }

    /// A reply within this scope, under an id of its own.
    pub(crate) fn reply(&self, id: Option<MessageId>) -> Arc<Self> {
        let id = id.unwrap_or_else(|| self.conversation.new_message_id());
        if let Some(messages) = &self.messages {
            *messages
                .reply
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(id.clone());
        }
        Arc::new(Self {
            conversation: self.conversation.clone(),
            snapshot: self.conversation.snapshot(),
            message_id: Some(id),
            messages: self.messages.clone(),
        })
    }

    pub(crate) fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// The message that events hang on.
    pub(crate) fn message_id(&self) -> Option<&MessageId> {
        self.message_id.as_ref()
    }

    /// The customer's message, and the id of the latest reply to it.
    pub(crate) fn messages(&self) -> Option<(&MessageId, Option<MessageId>)> {
        let messages = self.messages.as_ref()?;
        let reply = messages
            .reply
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Some((&messages.sent, reply.clone()))
    }

    /// Whether events go anywhere.
    pub(crate) fn is_recording(&self) -> bool {
        self.conversation.tracker().is_enabled()
    }

    /// Sends an event, on this scope's message unless it names another.
    pub(crate) fn track(&self, event: Event) {
        let ambient = EventScope {
            message_id: self.message_id.as_ref(),
            snapshot: Some(&self.snapshot),
        };
        self.conversation.emit(ambient, event);
    }
}
