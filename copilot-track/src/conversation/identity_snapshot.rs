//! What surrounds an event when it is sent.

use std::sync::Arc;

use crate::delivery::envelope::Identity;
use crate::event::ids::MessageId;

/// A conversation's identity as it once was. What is ambient has one, so that an event asks with a
/// load whether it still holds, in place of a lock and a reference.
#[derive(Debug)]
pub(crate) struct IdentitySnapshot {
    pub(super) changes: u64,
    pub(super) identity: Arc<Identity>,
}

/// What surrounds an event.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EventScope<'a> {
    pub(crate) message_id: Option<&'a MessageId>,
    pub(crate) snapshot: Option<&'a IdentitySnapshot>,
}
