//! Functions and methods for attributes whose arguments are all literals. The events belong to the
//! current conversation.
//!
//! Literal arguments are the common case. Literals need no evaluation, so the arguments here are
//! plain values instead of closures.

use std::panic::Location;

use crate::conversation::current::{self, ScopeKind};
use crate::event::spec::{ActionInvoked, Rating};
use crate::tracking::call_location::count_out_of_scope;
use crate::tracking::call_site::{CURRENT, CallSite};
use crate::tracking::pending_event::{PendingEvent, send_in_current};
use crate::tracking::recorder::RecordOptions;
use crate::tracking::reply::ReplyOptions;
use crate::tracking::tracked_call::TrackedCall;

/// Sends Action Invoked for a call to a function.
///
/// `texts` consists of the function's name, the type, and the action. `name_end` and `type_end` are
/// positions in it, in bytes. One string and two numbers take less time to compile than three
/// strings.
///
/// This is not inlined, because a program may have hundreds of such calls, and the compiler would
/// have to optimize the check of the scope for each of them.
#[inline(never)]
#[track_caller]
pub fn send_action(texts: &'static str, name_end: usize, type_end: usize) {
    match current::kind() {
        ScopeKind::Recording => send_texts(texts, name_end, type_end),
        ScopeKind::Disabled => {}
        ScopeKind::None => count_out_of_scope(texts, name_end, Location::caller()),
    }
}

#[inline(never)]
fn send_texts(texts: &'static str, name_end: usize, type_end: usize) {
    // The macro computes the positions, so they are valid.
    let text = |range| texts.get(range).unwrap_or_default();
    let (r#type, action) = (text(name_end..type_end), text(type_end..texts.len()));
    send_action_in_scope(r#type, action);
}

fn send_action_in_scope(r#type: &'static str, action: &'static str) {
    send_in_current(PendingEvent::new(ActionInvoked::new(r#type, action)));
}

impl CallSite {
    /// Sends Action Invoked.
    #[inline]
    pub fn send_action(&self, r#type: &'static str, action: &'static str) {
        if self.is_in_scope() {
            send_action_in_scope(r#type, action);
        }
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
