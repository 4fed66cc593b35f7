//! The replies to a message of the customer.

use crate::event::ids::message_id::MessageId;

/// The replies of a turn, apart from those that run inside another reply.
///
/// Only the last two that matter are kept, so a turn with many replies does not grow.
#[derive(Debug, Default)]
pub(super) struct TurnReplies {
    /// The latest reply. It may not have started yet, and it may fail.
    latest: Option<MessageId>,
    /// Whether the customer sees the latest reply: it is running, or its message was sent.
    latest_is_visible: bool,
    /// The reply that the customer saw before the latest one.
    previous: Option<MessageId>,
}

impl TurnReplies {
    /// Adds a reply. A stream is not visible until it is polled.
    pub(super) fn add(&mut self, id: MessageId, is_visible: bool) {
        let before = self.latest.replace(id);
        if self.latest_is_visible {
            self.previous = before;
        }
        self.latest_is_visible = is_visible;
    }

    /// Makes a reply visible: its stream is polled.
    pub(super) fn show(&mut self, id: &MessageId) {
        if self.latest.as_ref() == Some(id) {
            self.latest_is_visible = true;
        } else {
            self.previous = Some(id.clone());
        }
    }

    /// Removes a reply from those that the customer saw: it ended without a message.
    pub(super) fn hide(&mut self, id: &MessageId) {
        if self.latest.as_ref() == Some(id) {
            self.latest_is_visible = false;
        } else if self.previous.as_ref() == Some(id) {
            self.previous = None;
        }
    }

    /// Returns the id of the latest reply, visible or not.
    pub(super) fn latest(&self) -> Option<&MessageId> {
        self.latest.as_ref()
    }

    /// Returns the id of the reply that the customer saw last.
    pub(super) fn visible(&self) -> Option<&MessageId> {
        if self.latest_is_visible {
            self.latest.as_ref()
        } else {
            self.previous.as_ref()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> MessageId {
        MessageId::new(text).unwrap()
    }

    fn visible(replies: &TurnReplies) -> Option<&str> {
        replies.visible().map(MessageId::as_str)
    }

    #[test]
    fn the_latest_reply_that_did_not_fail_is_visible() {
        let mut replies = TurnReplies::default();
        assert_eq!(visible(&replies), None);
        replies.add(id("a"), true);
        assert_eq!(visible(&replies), Some("a"));
        replies.add(id("b"), true);
        assert_eq!(visible(&replies), Some("b"));
        replies.hide(&id("b"));
        assert_eq!(visible(&replies), Some("a"));
        assert_eq!(replies.latest(), Some(&id("b")));
        replies.add(id("c"), true);
        replies.hide(&id("c"));
        assert_eq!(visible(&replies), Some("a"), "a failed reply is skipped");
        replies.hide(&id("a"));
        assert_eq!(visible(&replies), None);
    }

    #[test]
    fn a_stream_is_visible_once_it_is_polled() {
        let mut replies = TurnReplies::default();
        replies.add(id("a"), false);
        assert_eq!(visible(&replies), None);
        replies.add(id("b"), false);
        replies.show(&id("a"));
        assert_eq!(visible(&replies), Some("a"));
        replies.show(&id("b"));
        assert_eq!(visible(&replies), Some("b"));
        replies.hide(&id("b"));
        assert_eq!(visible(&replies), Some("a"));
    }

    #[test]
    fn a_reply_that_is_repeated_under_its_id_stays_visible() {
        let mut replies = TurnReplies::default();
        replies.add(id("a"), true);
        replies.add(id("a"), true);
        replies.hide(&id("a"));
        assert_eq!(visible(&replies), Some("a"));
    }
}
