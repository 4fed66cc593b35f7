//! The scopes of the tool calls that an agent's bus is running.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use copilot_track::adapter::TurnScope;
use rig_agent::core::effect::EffectId;

/// The scopes of the tool calls that an agent's bus is running. The agent's hook writes them, and
/// the agent's tools read them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Links(Arc<Mutex<HashMap<EffectId, Option<TurnScope>>>>);

impl Links {
    /// Sets the scope of a call. `None` means that the call belongs to no conversation.
    pub(crate) fn insert(&self, id: EffectId, scope: Option<TurnScope>) {
        self.lock().insert(id, scope);
    }

    /// Returns the scope of a call.
    pub(crate) fn get(&self, id: EffectId) -> Option<TurnScope> {
        self.lock().get(&id).cloned().flatten()
    }

    /// Removes a call that has ended.
    pub(crate) fn remove(&self, id: EffectId) {
        self.lock().remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EffectId, Option<TurnScope>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
