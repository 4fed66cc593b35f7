//! The scope of a call, and the `when` argument.

use std::sync::Arc;

use crate::conversation::conversation::Conversation;
use crate::conversation::scope::Scope;
use crate::tracking::call_site::{ActiveScope, CallSite, Condition, TargetConversation};
use crate::tracking::evaluation::{contain, invalid_event};
use crate::tracking::pending_event::PendingEvent;

/// The scope of a call.
pub(super) struct CallScope {
    pub(super) scope: Arc<Scope>,
    /// Whether the event of the call is sent: the tracker is enabled, and the condition is met.
    pub(super) is_sent: bool,
}

impl CallSite {
    /// Evaluates the `when` argument.
    pub fn condition(&self, expression: impl FnOnce() -> bool) -> Condition {
        contain(expression).map_or(Condition::Panicked, Condition::of)
    }

    /// Returns the scope of a call, if the event of the call is sent.
    #[must_use]
    pub fn active_scope(&self, target: TargetConversation) -> Option<ActiveScope> {
        let found = self.scope(target)?;
        found.is_sent.then(|| ActiveScope(found.scope))
    }

    /// Returns the scope of a call. If there is none, this method counts the call and logs one
    /// warning per function, unless the event would not be sent.
    pub(super) fn scope(&self, target: TargetConversation) -> Option<CallScope> {
        let condition = target.condition();
        let Some(scope) = target.find() else {
            if condition != Condition::NotMet {
                self.count_out_of_scope();
            }
            return None;
        };
        Some(CallScope::new(scope, condition))
    }
}

impl CallScope {
    pub(super) fn new(scope: Arc<Scope>, condition: Condition) -> Self {
        let is_sent = condition.permits(&scope) && scope.is_recording();
        Self { scope, is_sent }
    }

    /// Starts the turn of a message, and sends the message if the event of the call is sent. If the
    /// tracker is disabled, returns the current scope.
    pub(super) fn start_turn(self, message: impl FnOnce() -> PendingEvent) -> Arc<Scope> {
        if !self.scope.is_recording() {
            return self.scope;
        }
        let message = message().into_event();
        let conversation = Conversation::from_scope(&self.scope);
        let turn = if self.is_sent {
            conversation.turn_with(message)
        } else {
            conversation.unsent_turn(message)
        };
        Arc::clone(turn.scope())
    }
}

impl Condition {
    /// Returns whether the event of a call in `scope` is sent. If the argument panicked, this
    /// method counts an event as dropped.
    fn permits(self, scope: &Scope) -> bool {
        if self == Self::Panicked && scope.is_recording() {
            scope.track(invalid_event());
        }
        self == Self::Met
    }
}
