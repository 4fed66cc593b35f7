//! Methods for attributes whose arguments are all literals. The events belong to the current
//! conversation.
//!
//! Literal arguments are the common case. Literals need no evaluation, so these methods take plain
//! arguments instead of closures.

use crate::event::spec::Rating;
use crate::tracking::call_site::{CURRENT, CallSite};
use crate::tracking::recorder::RecordOptions;
use crate::tracking::reply::ReplyOptions;
use crate::tracking::tracked_call::TrackedCall;

impl CallSite {
    /// Sends Action Invoked.
    #[inline]
    pub fn send_action(&self, r#type: &'static str, action: &'static str) {
        // Only this check is inlined, because it is a single load.
        if self.is_in_scope() {
            self.send_action_in_scope(r#type, action);
        }
    }

    #[inline(never)]
    fn send_action_in_scope(&self, r#type: &'static str, action: &'static str) {
        self.send(self.action(r#type, action));
    }

    /// Starts recording a tool call.
    pub fn record_action(
        &self,
        duration: bool,
        outcome: bool,
        error_type: bool,
        r#type: &'static str,
        action: &'static str,
    ) -> TrackedCall {
        let record = RecordOptions::new(duration, outcome, error_type);
        self.record(CURRENT, record, || self.action(r#type, action))
    }

    /// Holds Media Generated until the function succeeds.
    pub fn hold_media(&self, r#type: &'static str, sub_type: &'static str) -> TrackedCall {
        self.hold(CURRENT, || self.media(r#type, sub_type))
    }

    /// Holds Component Loaded until the function succeeds.
    pub fn hold_component(&self, r#type: &'static str) -> TrackedCall {
        self.hold(CURRENT, || self.component(r#type))
    }

    /// Holds Feedback Submitted until the function succeeds.
    pub fn hold_feedback(&self, rating: impl Into<Rating>) -> TrackedCall {
        self.hold(CURRENT, || self.feedback(rating))
    }

    /// Starts a reply with default options.
    pub fn default_reply(&self) -> TrackedCall {
        self.reply(CURRENT, ReplyOptions::new)
    }
}
