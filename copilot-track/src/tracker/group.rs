//! Group and Alias calls.

use std::sync::Arc;

use serde::Serialize;

use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef, Identity};
use crate::event::ids::parse::parse;
use crate::event::user::User;
use crate::tracker::identify::serialize;
use crate::tracker::tracker::Tracker;

impl Tracker {
    /// Sends Group outside a conversation: the user belongs to a group, such as a company or an
    /// account. `traits` is a map or a struct that describes the group.
    ///
    /// If the id is blank or has more than 100 characters, or if `traits` is neither a map nor a
    /// struct, Group is not sent, and the ledger counts it as invalid.
    pub fn group(
        &self,
        user: &User,
        group_id: impl AsRef<str>,
        traits: &(impl Serialize + ?Sized),
    ) {
        let identity = self.conversationless_identity(user.clone());
        self.push_group(0, &identity, group_id.as_ref(), traits);
    }

    /// Sends Alias outside a conversation: `previous_id` and the user id of `user` belong to the
    /// same person.
    ///
    /// Segment does not need Alias, because Identify joins an anonymous id with a user id. A few
    /// destinations, such as Mixpanel and Kissmetrics, do need it.
    ///
    /// If `user` has no user id, or if `previous_id` is blank or has more than 100 characters,
    /// Alias is not sent, and the ledger counts it as invalid.
    pub fn alias(&self, previous_id: impl AsRef<str>, user: &User) {
        let identity = self.conversationless_identity(user.clone());
        self.push_alias(0, &identity, previous_id.as_ref());
    }

    pub(crate) fn push_group(
        &self,
        shard: usize,
        identity: &Arc<Identity>,
        group_id: &str,
        traits: &(impl Serialize + ?Sized),
    ) {
        if !self.is_enabled() || self.drops_reentrant() {
            return;
        }
        if let Err(error) = parse("group id", group_id) {
            return self.refuse(&error.to_string());
        }
        let call = ApiCall::Group(group_id.into(), serialize(traits));
        self.push_call(shard, identity, call);
    }

    pub(crate) fn push_alias(&self, shard: usize, identity: &Arc<Identity>, previous_id: &str) {
        if !self.is_enabled() || self.drops_reentrant() {
            return;
        }
        if let Err(error) = parse("previous id", previous_id) {
            return self.refuse(&error.to_string());
        }
        if identity.user.user_id().is_none() {
            return self.refuse("an Alias call needs a user id: call `identify` first");
        }
        self.push_call(shard, identity, ApiCall::Alias(previous_id.into()));
    }

    pub(super) fn push_call(&self, shard: usize, identity: &Arc<Identity>, call: ApiCall) {
        self.push(
            shard,
            EventContextRef::of(identity),
            Envelope {
                id: self.id_and_clock().envelope_id(),
                timestamp: self.id_and_clock().now(),
                call,
            },
        );
    }
}
