//! Calls of which an attribute says nothing but literals, in the ambient conversation: the common case, as one call.
//!
//! There is nothing to evaluate, so nothing has to wait in a closure until it is known that there is a conversation.

use super::draft::IntoRating;
use super::recorder::Record;
use super::reply::Answer;
use super::site::{AMBIENT, Site};
use super::tracked::Tracked;
use crate::reply::MessageBody;

impl Site {
    /// Sends Action Invoked.
    pub fn send_action(&self, r#type: &'static str, action: &'static str) {
        if self.is_called() {
            self.send(self.action(r#type, action));
        }
    }

    /// Records a tool's call until its end.
    pub fn record_action(
        &self,
        duration: bool,
        outcome: bool,
        error_type: bool,
        r#type: &'static str,
        action: &'static str,
    ) -> Tracked {
        let record = Record::new(duration, outcome, error_type);
        self.record(AMBIENT, record, || self.action(r#type, action))
    }

    /// Holds Media Generated back until the function has succeeded.
    pub fn hold_media(&self, r#type: &'static str, sub_type: &'static str) -> Tracked {
        self.hold(AMBIENT, || self.media(r#type, sub_type))
    }

    /// Holds Component Loaded back until the function has succeeded.
    pub fn hold_component(&self, r#type: &'static str) -> Tracked {
        self.hold(AMBIENT, || self.component(r#type))
    }

    /// Holds Feedback Submitted back until the function has succeeded.
    pub fn hold_feedback(&self, rating: impl IntoRating) -> Tracked {
        self.hold(AMBIENT, || self.feedback(rating))
    }

    /// Begins a reply of which nothing more is said.
    pub fn plain_reply(&self) -> Tracked {
        self.reply(AMBIENT, Answer::new)
    }

    /// Sends the customer's message, and begins the turn on it.
    pub fn message_of(&self, body: &(impl MessageBody + ?Sized)) -> Tracked {
        self.message(AMBIENT, || self.said(body))
    }
}
