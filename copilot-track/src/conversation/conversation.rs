//! The handle to a conversation.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use serde::Serialize;

use crate::conversation::identity_snapshot::IdentitySnapshot;
use crate::conversation::state::ConversationState;
use crate::delivery::envelope::Identity;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;
use crate::tracker::tracker::Tracker;

/// A handle to one conversation: its id, its user, its message counts and its tracker.
///
/// It is cheap to clone, and all clones refer to the same conversation. Conversation Started is
/// sent automatically before the first message.
///
/// Events that belong to a chat message carry the id of the ambient message, if that is one of this
/// conversation, and otherwise the id of the customer's latest message.
#[derive(Clone, Debug)]
pub struct Conversation {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) tracker: Tracker,
    pub(super) shard: usize,
    /// Whether sampling selects this conversation.
    pub(super) is_sampled: bool,
    /// Replaced on each change, so that queued events keep their user and policy.
    pub(super) identity: RwLock<Arc<Identity>>,
    /// The number of changes of `identity`.
    pub(super) changes: AtomicU64,
    pub(super) id: ConversationId,
    pub(super) started: OnceLock<()>,
    pub(super) sent: AtomicU64,
    pub(super) received: AtomicU64,
    /// The `message_count` of the latest Conversation Ended, plus one; 0 before the first.
    pub(super) ended_at: AtomicU64,
    /// The customer's latest message, or before the first one, the copilot's first message.
    pub(super) latest: Mutex<Option<MessageId>>,
}

impl Tracker {
    /// Creates a conversation with a random id.
    ///
    /// The id is unique, not secret: do not use it as a credential.
    #[must_use]
    pub fn conversation(&self, user: User) -> Conversation {
        let id = ConversationId::from_uuid(self.id_and_clock().uuid());
        self.conversation_with_id(id, user)
    }

    /// Creates a conversation with an id of your application.
    ///
    /// Conversation Started is sent before the first message of this handle. Its envelope id is the
    /// same in every process, so Segment keeps only one. To continue with the counts of another
    /// handle, use [`resume`](Self::resume).
    #[must_use]
    pub fn conversation_with_id(&self, id: ConversationId, user: User) -> Conversation {
        self.resume(ConversationState::new(id, user))
    }

    /// Continues a conversation from a state that [`Conversation::state`] returned.
    #[must_use]
    pub fn resume(&self, state: ConversationState) -> Conversation {
        Conversation::new(self.clone(), state)
    }
}

impl Conversation {
    pub(crate) fn new(tracker: Tracker, state: ConversationState) -> Self {
        let started = OnceLock::new();
        if state.started {
            let _ = started.set(());
        }
        Self {
            inner: Arc::new(Inner {
                shard: tracker.next_shard(),
                is_sampled: tracker.sample_rate().takes(&state.conversation_id),
                tracker,
                identity: RwLock::new(Arc::new(Identity {
                    user: state.user,
                    conversation: Some(state.conversation_id.clone()),
                    content: state.content,
                    consent: state.consent,
                })),
                changes: AtomicU64::new(0),
                id: state.conversation_id,
                started,
                sent: AtomicU64::new(state.messages_sent),
                received: AtomicU64::new(state.messages_received),
                ended_at: AtomicU64::new(state.ended_at.map_or(0, |count| count.saturating_add(1))),
                latest: Mutex::new(state.latest_message_id),
            }),
        }
    }

    /// Returns the id of the conversation.
    #[must_use]
    pub fn id(&self) -> &ConversationId {
        &self.inner.id
    }

    /// Returns the current user.
    #[must_use]
    pub fn user(&self) -> User {
        self.identity().user.clone()
    }

    /// Returns the tracker that sends the events.
    #[must_use]
    pub fn tracker(&self) -> &Tracker {
        &self.inner.tracker
    }

    /// Returns the number of messages that the customer sent and received.
    #[must_use]
    pub fn message_count(&self) -> u64 {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        count(&self.inner.sent).saturating_add(count(&self.inner.received))
    }

    /// Returns the state with which [`Tracker::resume`] continues the conversation, for example in
    /// another process.
    #[must_use]
    pub fn state(&self) -> ConversationState {
        let identity = self.identity();
        ConversationState {
            conversation_id: self.inner.id.clone(),
            user: identity.user.clone(),
            started: self.inner.started.get().is_some(),
            messages_sent: self.inner.sent.load(Ordering::Relaxed),
            messages_received: self.inner.received.load(Ordering::Relaxed),
            ended_at: self.inner.ended_at.load(Ordering::Relaxed).checked_sub(1),
            latest_message_id: self.latest_message(),
            content: identity.content,
            consent: identity.consent.clone(),
        }
    }

    /// Sends Identify, and sets the user of later events.
    ///
    /// If `user` has only one of the two ids, the other one is kept. If an anonymous user becomes
    /// known, for example, later events carry both ids.
    pub fn identify(&self, user: &User) {
        self.identify_with(user, &serde_json::Map::new());
    }

    /// Does the same as [`identify`](Self::identify), with traits of the user: a map or a struct.
    ///
    /// If the traits are something else, Identify is not sent, and the ledger counts it as invalid.
    pub fn identify_with(&self, user: &User, traits: &(impl Serialize + ?Sized)) {
        let identity = self.change(|identity| identity.user = identity.user.merged_with(user));
        self.inner
            .tracker
            .identify_as(self.inner.shard, &identity, traits);
    }

    /// Sets how much of the conversation is sent from now on. A stricter policy of the tracker
    /// stays in force.
    pub fn set_content(&self, content: Content) {
        self.change(|identity| identity.content = content);
    }

    /// Sets the customer's consent. Later events carry it as `context.consent`.
    pub fn set_consent(&self, consent: Consent) {
        self.change(|identity| identity.consent = Some(consent));
    }

    /// Changes the identity of later events. Queued events keep theirs.
    fn change(&self, change: impl FnOnce(&mut Identity)) -> Arc<Identity> {
        let mut current = self
            .inner
            .identity
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut current));
        self.inner.changes.fetch_add(1, Ordering::Release);
        Arc::clone(&current)
    }

    /// Returns the current identity and its version.
    pub(crate) fn snapshot(&self) -> IdentitySnapshot {
        let identity = self.inner.identity.read();
        let identity = identity.unwrap_or_else(PoisonError::into_inner);
        IdentitySnapshot {
            // The lock is held, so the identity does not change in between.
            changes: self.inner.changes.load(Ordering::Acquire),
            identity: Arc::clone(&identity),
        }
    }

    /// Returns whether both are the same conversation, possibly resumed twice.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.inner.id == other.inner.id
    }

    pub(crate) fn latest_message(&self) -> Option<MessageId> {
        self.latest().clone()
    }

    pub(super) fn latest(&self) -> std::sync::MutexGuard<'_, Option<MessageId>> {
        self.inner
            .latest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn new_message_id(&self) -> MessageId {
        MessageId::from_uuid(self.inner.tracker.id_and_clock().uuid())
    }

    pub(super) fn identity(&self) -> Arc<Identity> {
        let identity = self.inner.identity.read();
        Arc::clone(&identity.unwrap_or_else(PoisonError::into_inner))
    }
}
