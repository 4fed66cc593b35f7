//! What all clones of `Conversations` share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::conversation::conversation::Conversation;
use crate::conversations::end_reason::EndReason;
use crate::conversations::registry::{Ending, Registry, RegistryOptions};
use crate::conversations::store_reader::StoreRead;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::properties::opt_in::ENDED_BY;
use crate::event::spec::ConversationEnded;
use crate::event::track_event::{Event, TrackEvent as _};
use crate::event::user::User;
use crate::store::conversation_store::EndClaim;
use crate::store::numbered_end::NumberedEnd;
use crate::store::outbox::Outbox;
use crate::store::outboxes::Outboxes;
use crate::store::stored_conversation::StoredConversation;
use crate::store::unsaved::UnsavedSnapshot;
use crate::tracker::tracker::Tracker;

/// The end of an idle conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IdleEnd {
    /// The event was sent, now or earlier, or sampling dropped it.
    Settled,
    /// The user is unknown.
    WithoutUser,
}

/// What all clones of `Conversations` share.
pub(super) struct Shared {
    pub(super) tracker: Tracker,
    pub(super) options: Arc<RegistryOptions>,
    registry: Mutex<Registry>,
    /// The changes that must be written to the store, if there is one.
    outboxes: Option<Arc<Outboxes>>,
}

impl Shared {
    pub(super) fn new(
        tracker: Tracker,
        options: Arc<RegistryOptions>,
        outboxes: Option<Arc<Outboxes>>,
    ) -> Self {
        Self {
            tracker,
            options,
            registry: Mutex::new(Registry::new()),
            outboxes,
        }
    }

    pub(super) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the changes of a conversation that have not been written.
    pub(super) fn unsaved(&self, id: &ConversationId) -> Option<UnsavedSnapshot> {
        let conversation = self.registry().peek(id)?;
        Some(conversation.outbox()?.snapshot())
    }

    /// Returns the current user of a conversation, if this process or the store knows it. `read` is
    /// what the store knows about it.
    pub(super) fn user_of(&self, id: &ConversationId, read: &StoreRead) -> Option<User> {
        let known = self.registry().peek(id);
        let Some(conversation) = known else {
            return read.stored.as_ref()?.user.clone();
        };
        read.adopt_into(&conversation);
        Some(conversation.user())
    }

    /// Returns the conversation with this id, or creates it. `read` is what the store knows about
    /// it.
    pub(super) fn open(&self, id: ConversationId, user: &User, read: &StoreRead) -> Conversation {
        let conversation = self.find_or_create(id, user, read);
        conversation.log_in(user, |_| true);
        Self::record_use(&conversation, read);
        conversation
    }

    /// Does the same as [`open`](Self::open) if the conversation still has this owner, or if its
    /// user is also that of the request. No other thread can change the user after this check and
    /// before the user of the request is set.
    pub(super) fn open_of(
        &self,
        owner: Option<&User>,
        id: ConversationId,
        user: &User,
        read: &StoreRead,
    ) -> Option<Conversation> {
        let conversation = self.find_or_create(id, user, read);
        let may_enter = |current: &User| owner == Some(current) || current.is_also(user);
        if !conversation.log_in(user, may_enter) {
            return None;
        }
        Self::record_use(&conversation, read);
        Some(conversation)
    }

    fn find_or_create(&self, id: ConversationId, user: &User, read: &StoreRead) -> Conversation {
        let now = Instant::now();
        let (conversation, endings) = self.get_or_insert(id, user, read.stored.as_ref(), now);
        self.end(endings);
        read.adopt_into(&conversation);
        conversation
    }

    /// Records that a conversation was opened, which is activity. A conversation whose user is not
    /// in the store also needs its user.
    fn record_use(conversation: &Conversation, read: &StoreRead) {
        let stored = read.stored.as_ref();
        let has_user = stored.is_some_and(|stored| stored.user.is_some());
        if let Some(outbox) = conversation.outbox() {
            outbox.change(|update| {
                if !has_user {
                    update.user.get_or_insert_with(|| conversation.user());
                }
            });
        }
    }

    fn get_or_insert(
        &self,
        id: ConversationId,
        user: &User,
        stored: Option<&StoredConversation>,
        now: Instant,
    ) -> (Conversation, Vec<Ending>) {
        let mut registry = self.registry();
        if let Some(conversation) = registry.get(&id, now) {
            return (conversation, Vec::new());
        }
        let known = stored.and_then(|stored| stored.user.as_ref());
        let conversation = self.create(id, known.unwrap_or(user).clone());
        let endings = registry.insert(&conversation, self.options.max_conversations, now);
        (conversation, endings)
    }

    fn create(&self, id: ConversationId, user: User) -> Conversation {
        let outboxes = self.outboxes.as_ref();
        let outbox = outboxes.map(|outboxes| Outbox::new(id.clone(), Arc::clone(outboxes)));
        Conversation::registered(&self.tracker, id, user, outbox)
    }

    /// Ends the conversations that are idle at `now`. With a store, only removes them from memory.
    pub(super) fn sweep(&self, now: Instant) {
        let Some(idle) = self.options.end_after_idle else {
            return;
        };
        if self.outboxes.is_some() {
            self.registry().forget(idle, now);
            return;
        }
        let endings = self.registry().idle(idle, now);
        self.end(endings);
    }

    /// Ends conversations. The registry must not be locked, because the application's code is
    /// called.
    pub(super) fn end(&self, endings: impl IntoIterator<Item = Ending>) {
        for (conversation, reason) in endings {
            if self.outboxes.is_some() {
                if reason == EndReason::Application {
                    self.request_end(&conversation);
                }
                // The store still has the other conversations.
                continue;
            }
            if conversation.message_count() == 0 || conversation.is_ended() {
                continue;
            }
            let event = self.ended_event(conversation.message_count(), reason);
            if conversation.end_with(event, || {}) {
                self.call_on_end(&conversation, reason);
            }
        }
    }

    /// Ends a conversation, if this process gets the claim.
    fn request_end(&self, conversation: &Conversation) {
        let reason = EndReason::Application;
        let event = self.ended_event(conversation.message_count(), reason);
        let options = Arc::clone(&self.options);
        let ended = conversation.clone();
        conversation.end_with(event, move || {
            if let Some(on_end) = &options.on_end {
                on_end.call(&ended, reason);
            }
        });
    }

    /// Sends Conversation Ended for an idle conversation that this process has claimed, unless
    /// neither this process nor the store knows the user. `before` is what had not been written
    /// when the store was read.
    pub(super) fn end_claimed(
        &self,
        id: ConversationId,
        claim: EndClaim,
        stored: &StoredConversation,
        before: Option<&UnsavedSnapshot>,
    ) -> IdleEnd {
        let known = self.registry().peek(&id);
        let user = stored.user.clone();
        let Some(conversation) = known.or_else(|| Some(self.create(id, user?))) else {
            return IdleEnd::WithoutUser;
        };
        conversation.adopt(stored, before);
        // The application can have ended the conversation in the meantime. It got the same claim.
        let outbox = conversation.outbox();
        if outbox.is_some_and(|outbox| outbox.ends() >= claim.number) {
            return IdleEnd::Settled;
        }
        let event = self.ended_event(claim.message_count, EndReason::Idle);
        let end = NumberedEnd {
            number: claim.number,
            message_count: Some(claim.message_count),
        };
        // An end that sampling drops is confirmed, too. It would be claimed again otherwise.
        if conversation.send_claimed_end(event, end) {
            self.call_on_end(&conversation, EndReason::Idle);
        }
        IdleEnd::Settled
    }

    fn ended_event(&self, message_count: u64, reason: EndReason) -> Event {
        let event = ConversationEnded::new(message_count);
        if self.options.with_ended_by {
            event.property(ENDED_BY, reason.as_str())
        } else {
            event.into_event()
        }
    }

    fn call_on_end(&self, conversation: &Conversation, reason: EndReason) {
        if let Some(on_end) = &self.options.on_end {
            on_end.call(conversation, reason);
        }
    }
}
