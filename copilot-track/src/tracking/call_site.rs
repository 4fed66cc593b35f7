//! The location of an attribute in the source code, and the scope of a call.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::conversation::current::{self, ScopeKind};
use crate::conversation::scope::Scope;
use crate::ledger::process_counter::OUT_OF_SCOPE;
use crate::util::reentrancy;

/// An annotated function and its location in the source code. Most macro expansions contain a
/// static of this type.
pub struct CallSite {
    function: &'static str,
    location: &'static Location<'static>,
    warned: AtomicBool,
}

/// The scope that the `conversation` argument selects, and the value of the `when` argument.
pub struct TargetConversation {
    target: Target,
    condition: Condition,
}

enum Target {
    Current,
    Scope(Arc<Scope>),
    /// The argument panicked. The call is counted as a call outside any conversation.
    Unavailable,
}

/// The value of the `when` argument, which decides whether the event of a call is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The event is sent.
    Met,
    /// The event is not sent. The call is not counted.
    NotMet,
    /// The argument panicked. An event is counted as dropped.
    Panicked,
}

/// Selects the current conversation.
pub const CURRENT: TargetConversation = TargetConversation::new(Target::Current);

impl Condition {
    pub(crate) const fn of(is_met: bool) -> Self {
        if is_met { Self::Met } else { Self::NotMet }
    }
}

impl TargetConversation {
    /// Selects no conversation, because the argument panicked.
    pub(super) const UNAVAILABLE: Self = Self::new(Target::Unavailable);

    const fn new(target: Target) -> Self {
        Self {
            target,
            condition: Condition::Met,
        }
    }

    /// Selects a scope.
    pub(crate) const fn scope(scope: Arc<Scope>) -> Self {
        Self::new(Target::Scope(scope))
    }

    /// Sets the condition on which the event is sent.
    #[must_use]
    pub fn when(self, condition: Condition) -> Self {
        Self { condition, ..self }
    }

    pub(super) fn condition(&self) -> Condition {
        self.condition
    }

    /// Returns the scope, if there is one.
    pub(crate) fn find(self) -> Option<Arc<Scope>> {
        match self.target {
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

    /// Creates a call site at a location.
    pub(crate) const fn at(function: &'static str, location: &'static Location<'static>) -> Self {
        Self {
            function,
            location,
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

    /// Counts a call outside any conversation, and logs one warning per function.
    pub(crate) fn count_out_of_scope(&self) {
        OUT_OF_SCOPE.count();
        if !self.warned.load(Ordering::Relaxed) {
            self.warn();
        }
    }

    /// Logs a warning about a call outside any conversation, if there was none for this function.
    #[cold]
    pub(super) fn warn(&self) {
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
            .field(&matches!(self.target, Target::Scope(_)))
            .finish()
    }
}

/// The scope of a call whose event is sent.
#[derive(Debug)]
pub struct ActiveScope(pub(super) Arc<Scope>);
