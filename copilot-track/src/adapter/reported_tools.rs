//! Tools that an adapter reports without running them.

use std::sync::Arc;

use crate::conversation::current;
use crate::conversation::scope::Scope;

/// Prevents annotated tools from sending Action Invoked, because the adapter reports the calls.
///
/// Use it if the framework tells the adapter about each call but gives it no way to run the tool's
/// future. In the covered scopes, Action Invoked of annotated functions is not sent until this value
/// is dropped. Other events of annotated functions are sent. The current scope can be that of
/// another user, so cover the scope of each run that can poll the tools.
///
/// If the adapter can run the tool's future, use
/// [`StartedToolCall::run`](super::StartedToolCall::run) instead. It is exact: it also uses the
/// attribute's `type` and properties, and it does not affect annotated functions outside the tool.
#[derive(Debug, Default)]
#[must_use = "annotated tools send their own events when this value is dropped"]
pub struct ReportedTools(Vec<Arc<Scope>>);

impl ReportedTools {
    /// Creates a value that covers no scope.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns whether the current scope is covered, by any adapter. The work that is being polled
    /// can then belong to another user.
    #[must_use]
    pub fn covers_current() -> bool {
        current::with(|scope| scope.is_some_and(|scope| scope.has_covered_calls()))
    }

    /// Covers the current scope, if there is one. Covering a scope again has no effect.
    pub fn cover_current(&mut self) {
        let Some(current) = current::get() else {
            return;
        };
        if !self.0.iter().any(|covered| Arc::ptr_eq(covered, &current)) {
            current.cover_calls();
            self.0.push(current);
        }
    }
}

impl Drop for ReportedTools {
    fn drop(&mut self) {
        for scope in &self.0 {
            scope.uncover_calls();
        }
    }
}
