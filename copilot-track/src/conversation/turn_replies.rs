//! The replies to a message from the customer.

use crate::event::ids::message_id::MessageId;

/// The number of a reply in its turn. Comparing numbers is faster than comparing ids. Numbers start
/// at 1 and wrap around after 2³² replies.
pub(super) type ReplyNumber = u32;

/// A reply in a turn.
#[derive(Debug, Clone)]
struct Reply {
    number: ReplyNumber,
    id: MessageId,
}

/// The replies in a turn, except for those that run inside another reply.
#[derive(Debug, Default)]
pub(super) struct TurnReplies {
    /// The number of replies so far.
    count: ReplyNumber,
    /// The last two replies that the customer sees because they are running or were sent. Older
    /// replies are forgotten, so a turn does not use more memory as replies are added.
    visible: [Option<Reply>; 2],
    /// The index in `visible` of the reply that the customer saw last.
    last: bool,
    /// The latest reply, unless it is the last visible one. It may be a stream that has not been
    /// polled, or a reply that failed.
    other_latest: Option<MessageId>,
}

impl TurnReplies {
    /// Adds a reply that is running.
    #[inline]
    pub(super) fn add_running(&mut self, id: &MessageId) -> ReplyNumber {
        let number = self.next_number();
        if self.other_latest.is_some() {
            self.other_latest = None;
        }
        self.push_visible(number, id);
        number
    }

    /// Adds a stream that has not been polled. The customer does not see it yet.
    pub(super) fn add_unpolled(&mut self, id: &MessageId) -> ReplyNumber {
        self.other_latest = Some(id.clone());
        self.next_number()
    }

    /// Records that the customer sees a reply: its stream is polled, or its message was sent.
    pub(super) fn show(&mut self, number: ReplyNumber, id: &MessageId) {
        if self
            .last_visible()
            .is_some_and(|last| last.number == number)
        {
            return;
        }
        let latest = self.latest().cloned();
        self.other_latest = latest.filter(|_| number != self.count);
        self.push_visible(number, id);
    }

    /// Records that a reply ended without a message.
    pub(super) fn hide(&mut self, number: ReplyNumber) {
        let is_hidden = |reply: Option<&Reply>| reply.is_some_and(|reply| reply.number == number);
        if is_hidden(self.slot(self.last)) {
            let hidden = self.slot_mut(self.last).take();
            if self.other_latest.is_none() {
                self.other_latest = hidden.map(|reply| reply.id);
            }
            self.last = !self.last;
        } else if is_hidden(self.slot(!self.last)) {
            *self.slot_mut(!self.last) = None;
        }
    }

    /// Returns the id of the latest reply, whether or not the customer sees it.
    pub(super) fn latest(&self) -> Option<&MessageId> {
        self.other_latest.as_ref().or_else(|| self.visible())
    }

    /// Returns the id of the reply that the customer saw last.
    pub(super) fn visible(&self) -> Option<&MessageId> {
        Some(&self.last_visible()?.id)
    }

    fn last_visible(&self) -> Option<&Reply> {
        self.slot(self.last)
    }

    fn next_number(&mut self) -> ReplyNumber {
        self.count = self.count.wrapping_add(1);
        self.count
    }

    #[inline]
    fn push_visible(&mut self, number: ReplyNumber, id: &MessageId) {
        self.last = !self.last;
        *self.slot_mut(self.last) = Some(Reply {
            number,
            id: id.clone(),
        });
    }

    fn slot(&self, second: bool) -> Option<&Reply> {
        let [a, b] = &self.visible;
        if second { b.as_ref() } else { a.as_ref() }
    }

    fn slot_mut(&mut self, second: bool) -> &mut Option<Reply> {
        let [a, b] = &mut self.visible;
        if second { b } else { a }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> MessageId {
        MessageId::new(text).unwrap()
    }

    /// Returns the visible reply and the latest one.
    fn state(replies: &TurnReplies) -> (Option<&str>, Option<&str>) {
        let ids = (replies.visible(), replies.latest());
        (ids.0.map(MessageId::as_str), ids.1.map(MessageId::as_str))
    }

    #[test]
    fn the_latest_reply_that_did_not_fail_is_visible() {
        let mut replies = TurnReplies::default();
        assert_eq!(state(&replies), (None, None));
        let a = replies.add_running(&id("a"));
        assert_eq!(state(&replies), (Some("a"), Some("a")));
        let b = replies.add_running(&id("b"));
        assert_eq!(state(&replies), (Some("b"), Some("b")));
        replies.hide(b);
        assert_eq!(state(&replies), (Some("a"), Some("b")));
        let c = replies.add_running(&id("c"));
        replies.hide(c);
        assert_eq!(
            state(&replies),
            (Some("a"), Some("c")),
            "failed replies are skipped"
        );
        replies.hide(a);
        assert_eq!(state(&replies), (None, Some("c")));
    }

    #[test]
    fn a_stream_is_visible_once_it_is_polled() {
        let mut replies = TurnReplies::default();
        let a = replies.add_unpolled(&id("a"));
        assert_eq!(state(&replies), (None, Some("a")));
        let b = replies.add_unpolled(&id("b"));
        replies.show(a, &id("a"));
        assert_eq!(state(&replies), (Some("a"), Some("b")));
        replies.show(b, &id("b"));
        assert_eq!(state(&replies), (Some("b"), Some("b")));
        replies.hide(b);
        assert_eq!(state(&replies), (Some("a"), Some("b")));
    }

    #[test]
    fn the_reply_that_is_sent_last_is_visible() {
        let mut replies = TurnReplies::default();
        let outer = replies.add_running(&id("outer"));
        for name in ["a", "b", "c"] {
            let inner = replies.add_running(&id(name));
            replies.show(inner, &id(name));
            assert_eq!(state(&replies), (Some(name), Some(name)));
        }
        replies.show(outer, &id("outer"));
        assert_eq!(state(&replies), (Some("outer"), Some("c")));
        replies.hide(outer);
        assert_eq!(state(&replies), (Some("c"), Some("c")));
    }

    #[test]
    fn a_reply_that_is_repeated_with_the_same_id_stays_visible() {
        let mut replies = TurnReplies::default();
        let first = replies.add_running(&id("a"));
        replies.show(first, &id("a"));
        let second = replies.add_running(&id("a"));
        replies.hide(second);
        assert_eq!(state(&replies), (Some("a"), Some("a")));
    }
}
