//! The parts of a scope that an event needs.

use std::sync::Arc;

use crate::delivery::envelope::Identity;
use crate::event::ids::message_id::MessageId;

/// The identity of a conversation at some moment, with its version.
///
/// A scope has one. For an event it takes one load to see that the snapshot is current, in place of
/// a lock and a reference count.
#[derive(Debug)]
pub(crate) struct IdentitySnapshot {
    pub(super) changes: u64,
    pub(super) identity: Arc<Identity>,
}

/// The parts of a scope that an event needs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EventScope<'a> {
    pub(crate) message_id: Option<&'a MessageId>,
    pub(crate) snapshot: Option<&'a IdentitySnapshot>,
}
