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
    /// The contexts of the turn, if it has its own. `identity` already contains them.
    pub(super) context_of_turn: Option<Arc<ContextOfTurn>>,
}

/// The contexts of a turn, which are added to the identity of its conversation.
#[derive(Debug)]
pub(super) struct ContextOfTurn {
    /// The context of the request that started the turn. It is below the context that the
    /// application set for the conversation, and it replaces that of the conversation's latest
    /// request.
    pub(super) request: Option<Arc<Context>>,
    /// The context that the application set for the turn. It is above the conversation's.
    pub(super) turn: Option<Arc<Context>>,
    /// The latest version of the conversation's identity, with these contexts. All scopes of the
    /// turn use it, so the contexts are merged once per change, and not once per event.
    merged: Mutex<Option<(u64, Arc<Identity>)>>,
}

impl ContextOfTurn {
    pub(super) fn new(request: Option<Arc<Context>>, turn: Option<Arc<Context>>) -> Arc<Self> {
        Arc::new(Self {
            request,
            turn,
            merged: Mutex::default(),
        })
    }

    /// Returns an identity with these contexts added. `changes` is the version of the identity.
    /// `with_request` returns the context that this version has with another latest request.
    pub(super) fn added_to(
        &self,
        identity: &Arc<Identity>,
        changes: u64,
        with_request: impl FnOnce(&Arc<Context>) -> Option<Arc<Context>>,
    ) -> Arc<Identity> {
        let mut merged = self.merged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((version, identity)) = &*merged
            && *version == changes
        {
            return Arc::clone(identity);
        }
        let older = match &self.request {
            Some(request) => with_request(request),
            None => identity.context.clone(),
        };
        let identity = Arc::new(Identity {
            context: Context::merged(older.iter().chain(&self.turn)),
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
        let context = Arc::new(context);
        let contexts = [(None, Some(Arc::clone(&context))), (Some(context), None)];
        for (request, turn) in contexts {
            let snapshot = core.snapshot_with(ContextOfTurn::new(request, turn));
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
}
