//! Identify calls.

use std::sync::{Arc, PoisonError};

use serde::Serialize;

use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef, Identity};
use crate::event::extra_properties::SerializedValue;
use crate::event::ids::envelope_id::EnvelopeId;
use crate::event::user::User;
use crate::tracker::tracker::Tracker;

/// The traits of a user as a JSON object, or the error message if they cannot be serialized to one.
pub(crate) type Traits = Result<Box<str>, Box<str>>;

impl Tracker {
    /// Sends Identify outside a conversation.
    ///
    /// If this tracker has already identified the user, nothing is sent.
    pub fn identify(&self, user: &User) {
        self.identify_with(user, &serde_json::Map::new());
    }

    /// Sends Identify outside a conversation, with the user's traits: a map or a struct.
    ///
    /// If this tracker has already identified the user with the same value for each of these
    /// traits, nothing is sent. For Identify calls outside conversations, the tracker remembers at
    /// least the last 4,096 entries: each user is one entry, and so is each trait of a user. Only
    /// hashes are kept. If an Identify call is dropped, the ledger counts it, and repeating the
    /// call does not send it again.
    ///
    /// If `traits` is neither a map nor a struct, Identify is not sent, and the ledger counts it as
    /// invalid.
    pub fn identify_with(&self, user: &User, traits: &(impl Serialize + ?Sized)) {
        if !self.is_enabled() || self.drops_reentrant() {
            return;
        }
        let traits = serialize(traits);
        let identified = &self.inner.identified;
        let mut identified = identified.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = traits
            .as_ref()
            .map_or(true, |traits| identified.add(user, traits));
        drop(identified);
        if is_new {
            self.push_identify(0, &self.conversationless_identity(user.clone()), traits);
        }
    }

    /// Sends Identify with the given envelope id.
    pub(crate) fn push_identify_as(
        &self,
        id: Option<Box<EnvelopeId>>,
        shard: usize,
        identity: &Arc<Identity>,
        traits: Traits,
    ) {
        if self.drops_reentrant() {
            return;
        }
        let call = Envelope {
            id,
            timestamp: self.id_and_clock().now(),
            call: ApiCall::Identify(traits),
        };
        self.push(shard, EventContextRef::of(identity), call);
    }

    pub(crate) fn push_identify(&self, shard: usize, identity: &Arc<Identity>, traits: Traits) {
        self.push_call(shard, identity, ApiCall::Identify(traits));
    }
}

/// Serializes traits.
pub(crate) fn serialize(traits: &(impl Serialize + ?Sized)) -> Traits {
    match SerializedValue::of_traits(traits).0 {
        Ok(json) => match String::from_utf8(json) {
            Ok(json) if json.starts_with('{') => Ok(json.into()),
            _ => Err("its traits are neither a map nor a struct".into()),
        },
        Err(error) => {
            let error = error.message;
            Err(format!("its traits cannot be converted to JSON: {error}").into())
        }
    }
}
