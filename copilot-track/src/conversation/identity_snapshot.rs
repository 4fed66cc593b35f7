//! The parts of a scope that an event needs.

use std::sync::{Arc, Mutex, PoisonError};

use crate::delivery::envelope::Identity;
use crate::event::context::event_context::Context;
use crate::event::ids::message_id::MessageId;

/// The identity of a conversation at a point in time, and the version of that identity.
///
/// Each scope has a snapshot. Checking that the snapshot is up to date takes one atomic load, so
/// most events neither take a lock nor clone an `Arc`.
#[derive(Debug, Clone)]
pub(crate) struct IdentitySnapshot {
    pub(super) changes: u64,
    pub(super) identity: Arc<Identity>,
    /// The context of the turn, if it has its own. `identity` already contains it.
    pub(super) context_of_turn: Option<Arc<ContextOfTurn>>,
}

/// The context of a turn, which is added to the identity of its conversation.
#[derive(Debug)]
pub(super) struct ContextOfTurn {
    pub(super) context: Arc<Context>,
    /// The latest version of the conversation's identity, with this context. All scopes of the turn
    /// use it, so a context is merged once per change, and not once per event.
    merged: Mutex<Option<(u64, Arc<Identity>)>>,
}

impl ContextOfTurn {
    pub(super) fn new(context: Arc<Context>) -> Arc<Self> {
        Arc::new(Self {
            context,
            merged: Mutex::default(),
        })
    }

    /// Returns an identity with this context added. `changes` is the version of the identity.
    pub(super) fn added_to(&self, identity: &Arc<Identity>, changes: u64) -> Arc<Identity> {
        let mut merged = self.merged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((version, identity)) = &*merged
            && *version == changes
        {
            return Arc::clone(identity);
        }
        let context = match &identity.context {
            Some(older) => {
                let mut context = older.merged_with(&self.context);
                // The fields were counted when each of the contexts was set.
                let _ = context.fit();
                Arc::new(context)
            }
            None => Arc::clone(&self.context),
        };
        let identity = Arc::new(Identity {
            context: Some(context),
            ..Identity::clone(identity)
        });
        *merged = Some((changes, Arc::clone(&identity)));
        identity
    }
}

/// The parts of a scope that an event needs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EventScope<'a> {
    pub(crate) message_id: Option<&'a MessageId>,
    pub(crate) snapshot: Option<&'a IdentitySnapshot>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::user::User;
    use crate::tracker::tracker::Tracker;

    #[test]
    fn a_context_is_merged_once_per_change() {
        let conversation = Tracker::disabled().conversation(User::known("123").unwrap());
        let core = conversation.core();
        let context = Context::new().locale("de-DE");
        let snapshot = core.snapshot_with(ContextOfTurn::new(Arc::new(context)));
        for timezone in ["Europe/Berlin", "Europe/Paris"] {
            conversation.set_context(Context::new().timezone(timezone));
            let identity = core.renewed_snapshot(&snapshot).identity;
            let expected = Context::new().timezone(timezone).locale("de-DE");
            assert_eq!(identity.context.as_deref(), Some(&expected));
            let again = core.renewed_snapshot(&snapshot.clone()).identity;
            assert!(
                Arc::ptr_eq(&identity, &again),
                "the context was merged again"
            );
        }
    }
}
