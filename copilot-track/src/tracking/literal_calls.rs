//! Calls of which an attribute says nothing but literals, in the ambient conversation: the common
//! case, as one call.
//!
//! There is nothing to evaluate, so nothing has to wait in a closure until it is known that there
//! is a conversation.

use crate::event::spec::Rating;
use crate::tracking::call_site::{AMBIENT, CallSite};
use crate::tracking::recorder::RecordOptions;
use crate::tracking::reply::ReplyOptions;
use crate::tracking::tracked_call::TrackedCall;

impl CallSite {
    /// Sends Action Invoked.
    #[inline]
    pub fn send_action(&self, r#type: &'static str, action: &'static str) {
        // The look is inlined, and costs a load where nothing is tracked; the rest is not.
        if self.is_in_scope() {
            self.send_action_in_scope(r#type, action);
        }
    }

    #[inline(never)]
    fn send_action_in_scope(&self, r#type: &'static str, action: &'static str) {
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
    ) -> TrackedCall {
        let record = RecordOptions::new(duration, outcome, error_type);
        self.record(AMBIENT, record, || self.action(r#type, action))
    }

    /// Holds Media Generated back until the function has succeeded.
    pub fn hold_media(&self, r#type: &'static str, sub_type: &'static str) -> TrackedCall {
        self.hold(AMBIENT, || self.media(r#type, sub_type))
    }

    /// Holds Component Loaded back until the function has succeeded.
    pub fn hold_component(&self, r#type: &'static str) -> TrackedCall {
        self.hold(AMBIENT, || self.component(r#type))
    }

    /// Holds Feedback Submitted back until the function has succeeded.
    pub fn hold_feedback(&self, rating: impl Into<Rating>) -> TrackedCall {
        self.hold(AMBIENT, || self.feedback(rating.into()))
    }

    /// Begins a reply of which nothing more is said.
    pub fn default_reply(&self) -> TrackedCall {
        self.reply(AMBIENT, ReplyOptions::new)
    }
}
