//! The conversation of a request.

use std::ops::Deref;
use std::sync::Arc;

use copilot_track::spec::MessageSent;
use copilot_track::{Conversation, TrackEvent, Turn};

use crate::server::request_state::RequestState;

/// The conversation of a request. It has all methods of [`Conversation`].
///
/// In axum, it is an extractor: it opens the conversation of the request, as
/// [`RequestTracking::conversation`](crate::RequestTracking::conversation) does. A handler that
/// takes no `RequestConversation` opens none.
///
/// Turns that are started with [`turn`](Self::turn) carry the context of this request, even if
/// another request of the same conversation runs at the same time. The response contains the id of
/// the latest reply in the latest turn.
#[derive(Debug, Clone)]
pub struct RequestConversation {
    conversation: Conversation,
    state: Arc<RequestState>,
}

impl RequestConversation {
    pub(crate) fn new(conversation: Conversation, state: Arc<RequestState>) -> Self {
        Self {
            conversation,
            state,
        }
    }

    /// Sends Message Sent, and returns the turn in which the message is answered. See
    /// [`Conversation::turn`].
    pub fn turn(&self, message: impl Into<String>) -> Turn {
        self.turn_with(MessageSent::new(message.into()))
    }

    /// Does the same as [`turn`](Self::turn) for a message with settings other than its text. See
    /// [`Conversation::turn_with`].
    ///
    /// If clients repeat requests, set the message's id: a message with the id of one of the
    /// conversation's last 32 messages is sent once.
    ///
    /// ```
    /// # fn example(conversation: copilot_track_tower::RequestConversation) {
    /// use copilot_track::{TrackEvent as _, spec::MessageSent};
    ///
    /// let message = MessageSent::new("Is it in stock?").message_id("m-1");
    /// let turn = conversation.turn_with(message);
    /// # drop(turn);
    /// # }
    /// ```
    pub fn turn_with(&self, message: impl TrackEvent + Send + 'static) -> Turn {
        let context = &self.state.context;
        let turn = if context.is_empty() {
            self.conversation.turn_with(message)
        } else {
            self.conversation.turn_in_request(context.clone(), message)
        };
        self.state.set_turn(&turn);
        turn
    }

    /// Returns the handle without the request.
    #[must_use]
    pub fn into_inner(self) -> Conversation {
        self.conversation
    }
}

impl Deref for RequestConversation {
    type Target = Conversation;

    fn deref(&self) -> &Conversation {
        &self.conversation
    }
}
