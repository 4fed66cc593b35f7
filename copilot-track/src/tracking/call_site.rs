//! The place of an annotation.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::conversation::current::{self, ScopeKind};
use crate::conversation::scope::Scope;
use crate::ledger::out_of_scope;

/// One annotated function, and where it stands in the source.
pub struct CallSite {
    function: &'static str,
    location: &'static Location<'static>,
    warned: AtomicBool,
}

/// The conversation that an attribute names, if it names one.
pub struct TargetConversation(pub(crate) Option<Arc<Scope>>);

/// The attribute names no conversation: the ambient one is meant.
pub const AMBIENT: TargetConversation = TargetConversation(None);

impl CallSite {
    /// The place at which the macro stands.
    #[must_use]
    #[track_caller]
    pub const fn new(function: &'static str) -> Self {
        Self {
            function,
            location: Location::caller(),
            warned: AtomicBool::new(false),
        }
    }

    /// Whether there is an ambient conversation that records. Its absence is counted, and told
    /// once.
    #[inline]
    #[must_use]
    pub fn is_in_scope(&self) -> bool {
        match current::kind() {
            ScopeKind::Recording => true,
            ScopeKind::Disabled => false,
            ScopeKind::None => {
                self.outside();
                false
            }
        }
    }

    /// The attribute names no conversation.
    #[inline]
    #[must_use]
    pub fn ambient(&self) -> TargetConversation {
        AMBIENT
    }

    /// A value that the function's body still needs.
    #[inline]
    pub fn cloned<T: Clone>(&self, value: &T) -> T {
        value.clone()
    }

    /// A call in a conversation that is named, if it records.
    #[must_use]
    pub fn active_scope(&self, target: TargetConversation) -> Option<ActiveScope> {
        let scope = self.scope(target)?;
        scope.is_recording().then(|| ActiveScope(scope))
    }

    /// The scope that a call runs in. Its absence is counted, and told once.
    pub(super) fn scope(&self, target: TargetConversation) -> Option<Arc<Scope>> {
        let scope = target.0.or_else(current::get);
        if scope.is_none() {
            self.outside();
        }
        scope
    }

    fn outside(&self) {
        out_of_scope::count();
        if !self.warned.load(Ordering::Relaxed) {
            self.warn();
        }
    }

    #[cold]
    fn warn(&self) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                function = self.function,
                location = %self.location,
                "called outside any conversation, so it is not tracked: run it in a turn, carry the turn along with \
                 `in_current_turn()`, or write `conversation = …` in its attribute (told once for each function)"
            );
        }
    }
}

impl fmt::Debug for CallSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.function, self.location)
    }
}

impl fmt::Debug for TargetConversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TargetConversation")
            .field(&self.0.is_some())
            .finish()
    }
}

/// A call that is tracked.
#[derive(Debug)]
pub struct ActiveScope(pub(super) Arc<Scope>);
