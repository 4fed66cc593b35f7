//! The call sites of combinators.

use std::panic::Location;

use crate::conversation::current::{self, ScopeKind};
use crate::tracking::call_location::CallLocation;
use crate::tracking::call_site::CallSite;

/// A method call that tracks a future or a stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site {
    /// The name of the method, which warnings use.
    pub(super) method: &'static str,
    pub(super) location: &'static Location<'static>,
}

/// The call site for calls in a conversation, which cause no warnings.
static IN_CONVERSATION: CallSite = CallSite::new("a tracked future");

impl Site {
    /// Returns the call site. Only calls outside any conversation need a separate call site,
    /// because only they are reported.
    pub(super) fn call_site(self) -> &'static CallSite {
        if current::kind() != ScopeKind::None {
            return &IN_CONVERSATION;
        }
        let location = CallLocation {
            function: self.method,
            location: self.location,
        };
        location.call_site()
    }
}
