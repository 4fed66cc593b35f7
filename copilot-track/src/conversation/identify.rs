//! Sends Identify, and handles the changes after which it must be sent again.

use std::sync::{Arc, MutexGuard, PoisonError};

use serde::Serialize;

use crate::conversation::core::ConversationCore;
use crate::event::identified_users::IdentifiedUsers;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::tracker::identify;

/// The minimum number of entries that a conversation remembers. A user is one entry, and so is each
/// trait of a user. The entries use about 5 KiB of memory at most, and none before the first
/// Identify.
const MAX_IDENTIFIED: usize = 64;

impl ConversationCore {
    /// Sets the user, and sends Identify if the user or a trait is new.
    pub(super) fn identify(&self, user: &User, traits: &(impl Serialize + ?Sized)) {
        let mut identity = self.identity();
        if identity.user.merged_with(user) != identity.user {
            identity = self.change(|identity| identity.user = identity.user.merged_with(user));
            if let Some(outbox) = self.outbox() {
                outbox.change(|update| update.user = Some(identity.user.clone()));
            }
        }
        if !self.tracker.is_enabled() {
            return;
        }
        let traits = identify::serialize(traits);
        let is_new = traits
            .as_ref()
            .map_or(true, |traits| self.is_new_user(&identity.user, traits));
        if is_new {
            self.tracker.push_identify(self.shard(), &identity, traits);
        }
    }

    /// Sets the consent. The next Identify must carry it, so every user counts as new again.
    pub(super) fn set_consent(&self, consent: Consent) {
        if self.identity().consent.as_deref() == Some(&consent) {
            return;
        }
        if let Some(outbox) = self.outbox() {
            outbox.change(|update| update.consent = Some(consent.clone()));
        }
        self.replace_consent(consent);
    }

    /// Sets the consent without writing it to the store.
    pub(super) fn replace_consent(&self, consent: Consent) {
        self.change(|identity| identity.consent = Some(Arc::new(consent)));
        self.forget_identified();
    }

    /// Sets the user who logged in between two requests, and sends Identify. If several processes
    /// do this at the same time, Segment keeps only one copy.
    pub(crate) fn identify_login(&self, user: &User) {
        let Some(outbox) = self.outbox() else {
            return self.identify(user, &serde_json::Map::new());
        };
        let identity = self.change(|identity| identity.user = identity.user.merged_with(user));
        outbox.change(|update| update.user = Some(identity.user.clone()));
        if self.tracker.is_enabled() && self.is_new_user(&identity.user, "{}") {
            // The consent is part of the call.
            let ids = (&identity.user, &identity.consent);
            let ids = serde_json::to_string(&ids).unwrap_or_default();
            let id = self.derived_id(&format!("Identify:{ids}"));
            self.tracker
                .push_identify_as(id, self.shard(), &identity, Ok("{}".into()));
        }
    }

    /// Records that Identify has been sent for the current user.
    pub(super) fn set_identified(&self) {
        self.is_new_user(&self.identity().user, "{}");
    }

    /// Returns whether Identify has been sent for a user.
    pub(super) fn has_identified(&self, user: &User) -> bool {
        let identified = self.identified();
        let identified = identified.as_ref();
        identified.is_some_and(|identified| identified.contains(user))
    }

    /// Records an Identify call, and returns whether it must be sent. `traits` is a JSON object.
    fn is_new_user(&self, user: &User, traits: &str) -> bool {
        let mut identified = self.identified();
        let identified =
            identified.get_or_insert_with(|| Box::new(IdentifiedUsers::new(MAX_IDENTIFIED)));
        identified.add(user, traits)
    }

    fn forget_identified(&self) {
        *self.identified() = None;
    }

    fn identified(&self) -> MutexGuard<'_, Option<Box<IdentifiedUsers>>> {
        let identified = self.identified.lock();
        identified.unwrap_or_else(PoisonError::into_inner)
    }
}
