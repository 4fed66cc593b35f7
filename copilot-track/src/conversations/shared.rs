//! What all clones of `Conversations` share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::conversation::conversation::Conversation;
use crate::conversations::registry::{Ending, Registry, RegistryOptions};
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::parse::ParseIdError;
use crate::event::properties::opt_in::ENDED_BY;
use crate::event::spec::ConversationEnded;
use crate::event::track_event::TrackEvent as _;
use crate::event::user::User;
use crate::tracker::tracker::Tracker;

/// What all clones of `Conversations` share.
pub(super) struct Shared {
    tracker: Tracker,
    options: Arc<RegistryOptions>,
    registry: Mutex<Registry>,
}

impl Shared {
    pub(super) fn new(tracker: Tracker, options: Arc<RegistryOptions>) -> Self {
        Self {
            tracker,
            options,
            registry: Mutex::default(),
        }
    }

    pub(super) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the conversation with this id, or creates it.
    pub(super) fn open(&self, id: &str, user: User) -> Result<Conversation, ParseIdError> {
        let id = ConversationId::new(id)?;
        let now = Instant::now();
        let mut registry = self.registry();
        if let Some(conversation) = registry.get(&id, now) {
            drop(registry);
            let current = conversation.user();
            if current.merged_with(&user) != current {
                conversation.identify(&user);
            }
            return Ok(conversation);
        }
        let conversation = Conversation::registered(&self.tracker, id, user);
        let max = self.options.max_conversations;
        let endings = registry.insert(&conversation, max, now);
        drop(registry);
        self.end(endings);
        Ok(conversation)
    }

    /// Ends the conversations that are idle at `now`.
    pub(super) fn sweep(&self, now: Instant) {
        let Some(idle) = self.options.end_after_idle else {
            return;
        };
        let endings = self.registry().idle(idle, now);
        self.end(endings);
    }

    /// Sends Conversation Ended. The registry must not be locked, because the application's code is
    /// called.
    pub(super) fn end(&self, endings: impl IntoIterator<Item = Ending>) {
        for (conversation, reason) in endings {
            if conversation.message_count() == 0 || conversation.is_ended() {
                continue;
            }
            if self.options.with_ended_by {
                let ended = ConversationEnded::new(conversation.message_count());
                conversation.track(ended.property(ENDED_BY, reason.as_str()));
            } else {
                conversation.end();
            }
            if let Some(on_end) = &self.options.on_end {
                on_end.call(&conversation, reason);
            }
        }
    }
}
