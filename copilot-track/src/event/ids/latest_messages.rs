//! The latest messages of a conversation.

use crate::event::ids::message_id::MessageId;
use crate::event::ids::recent_messages::RecentMessages;

/// The latest messages of a conversation.
#[derive(Debug)]
pub(crate) struct LatestMessages {
    /// The customer's latest message, or the copilot's first message if the customer has not sent
    /// one.
    pub(crate) latest: Option<MessageId>,
    /// The messages of both sides, if repeated messages are recognized.
    recent: Option<RecentMessages>,
}

impl LatestMessages {
    /// Returns messages among which repeated ones are not recognized.
    pub(crate) fn new(latest: Option<MessageId>) -> Self {
        Self {
            latest,
            recent: None,
        }
    }

    /// Returns an empty value that recognizes repeated messages.
    pub(crate) fn with_recent() -> Self {
        Self {
            latest: None,
            recent: Some(RecentMessages::default()),
        }
    }

    /// Adds a message to which later events can belong. Returns whether they do, or `None` if the
    /// message is repeated.
    #[inline]
    pub(crate) fn add(&mut self, id: &MessageId, from_customer: bool) -> Option<bool> {
        if !self.add_recent(id, from_customer) {
            return None;
        }
        let is_latest = from_customer || self.latest.is_none();
        if is_latest {
            self.latest = Some(id.clone());
        }
        Some(is_latest)
    }

    /// Adds a message. Returns `false` if the message is repeated.
    pub(crate) fn add_recent(&mut self, id: &MessageId, from_customer: bool) -> bool {
        let recent = self.recent.as_mut();
        recent.is_none_or(|recent| recent.add(from_customer, id))
    }
}
