//! The parts of a scope that an event needs.

use std::sync::Arc;

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
    pub(super) turn_context: Option<Arc<Context>>,
}

/// The parts of a scope that an event needs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EventScope<'a> {
    pub(crate) message_id: Option<&'a MessageId>,
    pub(crate) snapshot: Option<&'a IdentitySnapshot>,
}
