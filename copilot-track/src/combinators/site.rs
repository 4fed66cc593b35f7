//! The call sites of combinators.

use std::collections::HashMap;
use std::panic::Location;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::conversation::current::{self, ScopeKind};
use crate::tracking::call_site::CallSite;

/// A method call that tracks a future or a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Site {
    /// The name of the method, which warnings use.
    pub(super) method: &'static str,
    pub(super) location: &'static Location<'static>,
}

/// The call sites that were used outside any conversation. There is at most one for each method
/// call in the source code.
static CALL_SITES: OnceLock<Mutex<HashMap<Site, &'static CallSite>>> = OnceLock::new();

/// The call site for calls in a conversation, which cause no warnings.
static IN_CONVERSATION: CallSite = CallSite::new("a tracked future");

impl Site {
    /// Returns the call site. Only calls outside any conversation need a separate call site,
    /// because only they are reported.
    pub(super) fn call_site(self) -> &'static CallSite {
        if current::kind() != ScopeKind::None {
            return &IN_CONVERSATION;
        }
        let sites = CALL_SITES.get_or_init(Mutex::default);
        let mut sites = sites.lock().unwrap_or_else(PoisonError::into_inner);
        sites
            .entry(self)
            .or_insert_with(|| Box::leak(Box::new(CallSite::at(self.method, self.location))))
    }
}
