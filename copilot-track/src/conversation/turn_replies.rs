//! The replies to a message from the customer.

use crate::event::ids::message_id::MessageId;

/// The replies in a turn, except for those that run inside another reply.
#[derive(Debug, Default)]
pub(super) struct TurnReplies {
    /// The latest reply. It may not have started yet, and it may fail.
    latest: Option<MessageId>,
    /// The last two replies that the customer sees. Each of them is running, or its message was
    /// sent. The latest is first. Older replies are forgotten, so a turn with many replies does not
    /// use more memory.
    visible: [Option<MessageId>; 2],
}

impl TurnReplies {
    /// Adds a reply that is running.
    pub(super) fn add_running(&mut self, id: MessageId) {
        self.latest = Some(id.clone());
        self.push_visible(id);
    }

    /// Adds a stream that has not been polled. The customer does not see it yet.
    pub(super) fn add_unpolled(&mut self, id: MessageId) {
        self.latest = Some(id);
    }

    /// Records that the customer sees a reply: its stream is polled, or its message was sent.
    #[inline]
    pub(super) fn show(&mut self, id: &MessageId) {
        if self.visible() != Some(id) {
            self.push_visible(id.clone());
        }
    }

    /// Records that a reply ended without a message.
    pub(super) fn hide(&mut self, id: &MessageId) {
        let [first, second] = &mut self.visible;
        if first.as_ref() == Some(id) {
            *first = second.take();
        } else if second.as_ref() == Some(id) {
            *second = None;
        }
    }

    /// Returns the id of the latest reply, whether or not the customer sees it.
    pub(super) fn latest(&self) -> Option<&MessageId> {
        self.latest.as_ref()
    }

    /// Returns the id of the reply that the customer saw last.
    pub(super) fn visible(&self) -> Option<&MessageId> {
        let [first, _] = &self.visible;
        first.as_ref()
    }

    fn push_visible(&mut self, id: MessageId) {
        let [first, second] = &mut self.visible;
        *second = first.replace(id);
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
        replies.add_running(id("a"));
        assert_eq!(visible(&replies), Some("a"));
        replies.add_running(id("b"));
        assert_eq!(visible(&replies), Some("b"));
        replies.hide(&id("b"));
        assert_eq!(visible(&replies), Some("a"));
        assert_eq!(replies.latest(), Some(&id("b")));
        replies.add_running(id("c"));
        replies.hide(&id("c"));
        assert_eq!(visible(&replies), Some("a"), "a failed reply is skipped");
        replies.hide(&id("a"));
        assert_eq!(visible(&replies), None);
    }

    #[test]
    fn a_stream_is_visible_once_it_is_polled() {
        let mut replies = TurnReplies::default();
        replies.add_unpolled(id("a"));
        assert_eq!(visible(&replies), None);
        replies.add_unpolled(id("b"));
        replies.show(&id("a"));
        assert_eq!(visible(&replies), Some("a"));
        replies.show(&id("b"));
        assert_eq!(visible(&replies), Some("b"));
        replies.hide(&id("b"));
        assert_eq!(visible(&replies), Some("a"));
    }

    #[test]
    fn the_reply_that_is_sent_last_is_visible() {
        let mut replies = TurnReplies::default();
        replies.add_running(id("outer"));
        for inner in ["a", "b", "c"] {
            replies.add_running(id(inner));
            replies.show(&id(inner));
            assert_eq!(visible(&replies), Some(inner));
        }
        replies.show(&id("outer"));
        assert_eq!(visible(&replies), Some("outer"));
        assert_eq!(replies.latest(), Some(&id("c")));
    }

    #[test]
    fn a_reply_that_is_repeated_with_the_same_id_stays_visible() {
        let mut replies = TurnReplies::default();
        replies.add_running(id("a"));
        replies.show(&id("a"));
        replies.add_running(id("a"));
        replies.hide(&id("a"));
        assert_eq!(visible(&replies), Some("a"));
    }
}
