//! Sends Identify, and handles the changes after which it must be sent again.

use std::sync::{Arc, MutexGuard, PoisonError};

use serde::Serialize;

use crate::conversation::core::ConversationCore;
use crate::delivery::envelope::Identity;
use crate::event::identified_users::IdentifiedUsers;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::store::conversation_update::ConversationUpdate;
use crate::tracker::identify;

/// The minimum number of entries that a conversation remembers. A user is one entry, and so is each
/// trait of a user. The entries use about 5 KiB of memory at most, and none before the first
/// Identify.
const MAX_IDENTIFIED: usize = 64;

impl ConversationCore {
    /// Sets the user, and sends Identify if the user or a trait is new.
    pub(super) fn identify(&self, user: &User, traits: &(impl Serialize + ?Sized)) {
        let Some((identity, _)) = self.merge_user(user, |_| true) else {
            return;
        };
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
        match self.outbox() {
            Some(outbox) => outbox.change(|update| {
                update.consent = Some(consent.clone());
                self.replace_consent(consent);
            }),
            None => self.replace_consent(consent),
        }
    }

    /// Sets the consent without writing it to the store.
    pub(super) fn replace_consent(&self, consent: Consent) {
        self.change(|identity| identity.consent = Some(Arc::new(consent)));
        self.forget_identified();
    }

    /// Adds the user of a request to the current user, and sends Identify if the user has changed.
    /// Does nothing and returns `false` if `may_enter` returns `false` for the current user.
    ///
    /// If several processes identify the same user at the same time, Segment keeps only one copy.
    pub(crate) fn log_in(&self, user: &User, may_enter: impl FnOnce(&User) -> bool) -> bool {
        let Some((identity, is_changed)) = self.merge_user(user, may_enter) else {
            return false;
        };
        let must_send = is_changed && self.tracker.is_enabled();
        if must_send && self.is_new_user(&identity.user, "{}") {
            if self.outbox().is_some() {
                // The consent is part of the call.
                let ids = (&identity.user, &identity.consent);
                let ids = serde_json::to_string(&ids).unwrap_or_default();
                let id = self.derived_id(&format!("Identify:{ids}"));
                self.tracker
                    .push_identify_as(id, self.shard(), &identity, Ok("{}".into()));
            } else {
                self.tracker
                    .push_identify(self.shard(), &identity, Ok("{}".into()));
            }
        }
        true
    }

    /// Adds the ids of a user to the current user, in one step with a check of the current user.
    /// Returns the identity, and whether the user has changed. Returns `None` if `is_allowed`
    /// returns `false` for the current user.
    fn merge_user(
        &self,
        user: &User,
        is_allowed: impl FnOnce(&User) -> bool,
    ) -> Option<(Arc<Identity>, bool)> {
        let merge = || {
            let mut is_changed = false;
            let identity = self.change_if(|identity| {
                if !is_allowed(&identity.user) {
                    return None;
                }
                let merged = identity.user.merged_with(user);
                is_changed = merged != identity.user;
                Some(is_changed.then_some(|identity: &mut Identity| identity.user = merged))
            });
            identity.map(|identity| (identity, is_changed))
        };
        let Some(outbox) = self.outbox() else {
            return merge();
        };
        outbox.change_if(|| {
            let merged = merge();
            let changed = merged.as_ref().filter(|(_, is_changed)| *is_changed);
            let user = changed.map(|(identity, _)| identity.user.clone());
            let change =
                user.map(|user| |update: &mut ConversationUpdate| update.user = Some(user));
            (merged, change)
        })
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
