//! A conversation in a store.

use crate::event::context::event_context::Context;
use crate::event::ids::message_id::MessageId;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;
use crate::store::conversation_update::CountedMessage;

/// The number of message ids per conversation that a store remembers at least.
///
/// A message that is written again counts once, unless the conversation has had this many other
/// messages in the meantime.
pub const MESSAGE_WINDOW: usize = 1_000;

/// A conversation as a store knows it.
///
/// ```
/// use copilot_track::store::StoredConversation;
///
/// let mut stored = StoredConversation::default();
/// stored.messages_sent = 3;
/// stored.messages_received = 2;
/// assert_eq!(stored.message_count(), 5);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredConversation {
    /// The number of messages that the customer sent.
    pub messages_sent: u64,
    /// The number of messages that the customer received.
    pub messages_received: u64,
    /// Whether Conversation Started has been sent.
    pub started: bool,
    /// The user.
    pub user: Option<User>,
    /// The id of the customer's latest message.
    pub latest_message_id: Option<MessageId>,
    /// The content policy that was set for the conversation.
    pub content: Option<Content>,
    /// The consent that was set for the conversation.
    pub consent: Option<Consent>,
    /// The context that was set for the conversation.
    pub context: Option<Context>,
    /// The number of Conversation Ended events so far.
    pub ends: u64,
    /// The number of messages at the latest end.
    pub messages_at_end: u64,
    /// The latest messages, the newest first. 32 are enough.
    pub recent_messages: Vec<CountedMessage>,
}

impl StoredConversation {
    /// Returns the number of messages that the customer sent and received.
    #[must_use]
    pub fn message_count(&self) -> u64 {
        self.messages_sent.saturating_add(self.messages_received)
    }

    /// Returns whether the conversation has ended, and no message has been counted since then.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.ends > 0 && self.message_count() <= self.messages_at_end
    }
}
