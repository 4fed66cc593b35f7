//! The latest messages of a conversation.

use crate::conversation::recent_messages::RecentMessages;
use crate::event::ids::message_id::MessageId;

/// The latest messages of a conversation.
#[derive(Debug)]
pub(super) struct LatestMessages {
    /// The customer's latest message, or the copilot's first message if the customer has not sent
    /// one.
    pub(super) latest: Option<MessageId>,
    /// The messages of both sides. It is empty if repeated messages are not recognized.
    pub(super) recent: RecentMessages,
}

impl LatestMessages {
    pub(super) fn new(latest: Option<MessageId>) -> Self {
        Self {
            latest,
            recent: RecentMessages::default(),
        }
    }
}
