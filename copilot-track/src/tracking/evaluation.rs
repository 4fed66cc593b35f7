//! Catches panics in the argument expressions of attributes.
//!
//! An argument must not change what the annotated function does. A panic in an argument is caught.
//! The event is then invalid, so it is dropped, and the ledger counts it.

use crate::event::spec::ActionInvoked;
use crate::event::track_event::{Event, TrackEvent as _};
use crate::tracking::call_site::{CallSite, TargetConversation};
use crate::tracking::pending_event::PendingEvent;
use crate::util::panics;

/// The reason that is reported for an invalid event if an argument panicked.
const PANICKED: &str = "an argument of the attribute panicked";

/// A value that an argument expression creates.
pub trait Evaluated {
    /// Returns the value to use after the expression has panicked.
    fn panicked() -> Self;
}

impl CallSite {
    /// Evaluates an argument expression.
    pub fn evaluate<T: Evaluated>(&self, expression: impl FnOnce() -> T) -> T {
        contain(expression).unwrap_or_else(T::panicked)
    }
}

/// Calls `expression`. Returns `None` if it panics.
pub(super) fn contain<T>(expression: impl FnOnce() -> T) -> Option<T> {
    // The expression borrows the function's parameters, and the function still uses them after a
    // panic. They may then be in an unexpected state, as after any panic that is caught.
    panics::catch(expression)
}

/// Returns an event that is counted as dropped.
pub(super) fn invalid_event() -> Event {
    let mut event = ActionInvoked::new("", "").into_event();
    event.invalid(&PANICKED);
    event
}

impl Evaluated for PendingEvent {
    fn panicked() -> Self {
        Self::new(invalid_event())
    }
}

impl Evaluated for TargetConversation {
    fn panicked() -> Self {
        Self::UNAVAILABLE
    }
}
