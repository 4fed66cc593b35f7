//! Calls of which an attribute says nothing but literals, in the ambient conversation: the common
//! case, as one call.
//!
//! There is nothing to evaluate, so nothing has to wait in a closure until it is known that there
//! is a conversation.

use crate::event::spec::Rating;
use crate::tracking::call_site::{AMBIENT, Site};
use crate::tracking::recorder::Record;
use crate::tracking::reply::Answer;
use crate::tracking::tracked_call::Tracked;

impl Site {
    /// Sends Action Invoked.
    #[inline]
    pub fn send_action(&self, r#type: &'static str, action: &'static str) {
        // The look is inlined, and costs a load where nothing is tracked; the rest is not.
        if self.is_called() {
            self.action_sent(r#type, action);
        }
    }

    #[inline(never)]
    fn action_sent(&self, r#type: &'static str, action: &'static str) {
        self.send(self.action(r#type, action));
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
    pub fn hold_feedback(&self, rating: impl Into<Rating>) -> Tracked {
        self.hold(AMBIENT, || self.feedback(rating.into()))
    }

    /// Begins a reply of which nothing more is said.
    pub fn plain_reply(&self) -> Tracked {
        self.reply(AMBIENT, Answer::new)
    }
}
