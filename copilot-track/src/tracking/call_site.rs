//! The location of an attribute in the source code, and the scope of a call.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::conversation::current::{self, ScopeKind};
use crate::conversation::scope::Scope;
use crate::ledger::out_of_scope;
use crate::util::reentrancy;

/// An annotated function and its location in the source code. Each macro expansion contains a
/// static of this type.
pub struct CallSite {
    function: &'static str,
    location: &'static Location<'static>,
    warned: AtomicBool,
}

/// The scope that the `conversation` argument selects.
pub struct TargetConversation(Target);

enum Target {
    Current,
    Scope(Arc<Scope>),
    /// The argument panicked. The call is counted as a call outside any conversation.
    Unavailable,
}

/// Selects the current conversation.
pub const CURRENT: TargetConversation = TargetConversation(Target::Current);

impl TargetConversation {
    /// Selects no conversation, because the argument panicked.
    pub(super) const UNAVAILABLE: Self = Self(Target::Unavailable);

    /// Selects a scope.
    pub(crate) const fn scope(scope: Arc<Scope>) -> Self {
        Self(Target::Scope(scope))
    }

    /// Returns the scope, if there is one.
    pub(super) fn find(self) -> Option<Arc<Scope>> {
        match self.0 {
            Target::Current => current::get(),
            Target::Scope(scope) => Some(scope),
            Target::Unavailable => None,
        }
    }
}

impl CallSite {
    /// Creates a call site at the location of the caller.
    #[must_use]
    #[track_caller]
    pub const fn new(function: &'static str) -> Self {
        Self {
            function,
            location: Location::caller(),
            warned: AtomicBool::new(false),
        }
    }

    /// Returns whether there is a current conversation whose tracker is enabled. If there is no
    /// current conversation, this method counts the call and logs one warning per function.
    #[inline]
    #[must_use]
    pub fn is_in_scope(&self) -> bool {
        match current::kind() {
            ScopeKind::Recording => true,
            ScopeKind::Disabled => false,
            ScopeKind::None => {
                self.count_out_of_scope();
                false
            }
        }
    }

    /// Selects the current conversation.
    #[inline]
    #[must_use]
    pub fn current(&self) -> TargetConversation {
        CURRENT
    }

    /// Clones a value that the function's body still needs.
    #[inline]
    pub fn cloned<T: Clone>(&self, value: &T) -> T {
        value.clone()
    }

    /// Returns the scope of a call, if the tracker of the scope is enabled.
    #[must_use]
    pub fn active_scope(&self, target: TargetConversation) -> Option<ActiveScope> {
        let scope = self.scope(target)?;
        scope.is_recording().then(|| ActiveScope(scope))
    }

    /// Returns the scope of a call. If there is none, this method counts the call and logs one
    /// warning per function.
    pub(super) fn scope(&self, target: TargetConversation) -> Option<Arc<Scope>> {
        let scope = target.find();
        if scope.is_none() {
            self.count_out_of_scope();
        }
        scope
    }

    fn count_out_of_scope(&self) {
        out_of_scope::count();
        if !self.warned.load(Ordering::Relaxed) {
            self.warn();
        }
    }

    #[cold]
    fn warn(&self) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            reentrancy::log(|| {
                tracing::warn!(
                    function = self.function,
                    location = %self.location,
                    "called outside any conversation, so the call is not tracked: run it in a turn, pass the turn to \
                     another task with `in_current_turn()`, or add `conversation = …` to the attribute (logged once \
                     per function)"
                );
            });
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
            .field(&matches!(self.0, Target::Scope(_)))
            .finish()
    }
}

/// The scope of a call whose tracker is enabled.
#[derive(Debug)]
pub struct ActiveScope(pub(super) Arc<Scope>);
