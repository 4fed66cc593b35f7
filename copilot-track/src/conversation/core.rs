//! The shared state of a conversation.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use crate::conversation::conversation_state::ConversationState;
use crate::conversation::identity_snapshot::IdentitySnapshot;
use crate::conversation::recent_messages::RecentMessages;
use crate::delivery::envelope::Identity;
use crate::event::context::event_context::Context;
use crate::event::identified_users::IdentifiedUsers;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::event::sampling::SampleRate;
use crate::event::track_event::MessageTarget;
use crate::privacy::content::Content;
use crate::store::outbox::Outbox;
use crate::tracker::tracker::Tracker;

/// The minimum number of entries that a conversation remembers. A user is one entry, and so is each
/// trait of a user. The entries use about 5 KiB of memory at most, and none before the first
/// Identify.
const MAX_IDENTIFIED: usize = 64;

/// The state that all handles to a conversation share.
#[derive(Debug)]
pub(crate) struct ConversationCore {
    pub(super) tracker: Tracker,
    pub(super) shard: usize,
    /// Whether sampling selects this conversation.
    pub(super) is_sampled: bool,
    /// The least strict content policy that the conversation can have. In a turn of another
    /// process, this is the policy of that process.
    pub(super) content_floor: Content,
    /// Whether another process counts the messages.
    pub(super) is_continued: bool,
    /// The current identity. Each change replaces the `Arc`, so that queued events keep their user
    /// and policy.
    pub(super) identity: RwLock<Arc<Identity>>,
    /// The context that was set for the conversation, without the tracker's.
    pub(super) context: Mutex<Option<Box<Context>>>,
    /// The number of changes to `identity`.
    pub(super) changes: AtomicU64,
    /// The users and traits that were recently sent in Identify calls.
    pub(super) identified: Mutex<IdentifiedUsers>,
    pub(super) id: ConversationId,
    pub(super) started: OnceLock<()>,
    pub(super) sent: AtomicU64,
    pub(super) received: AtomicU64,
    /// The `message_count` of the latest Conversation Ended event plus one, or 0 if none has been
    /// sent.
    pub(super) ended_at: AtomicU64,
    /// The number of messages that had been counted when the conversation last ended, plus one.
    pub(super) messages_at_end: AtomicU64,
    /// The customer's latest message, or the copilot's first message if the customer has not sent
    /// one.
    pub(super) latest: Mutex<Option<MessageId>>,
    /// The latest messages, if repeated messages must be recognized.
    pub(super) recent_messages: Option<Mutex<RecentMessages>>,
    /// The changes that must be written to the store, if there is one.
    pub(super) outbox: Option<Arc<Outbox>>,
}

impl ConversationCore {
    pub(super) fn new(tracker: Tracker, state: ConversationState) -> Self {
        let is_sampled = tracker.sample_rate().takes(&state.conversation_id);
        Self::with_sampling(tracker, state, is_sampled, None)
    }

    /// Creates the state of a conversation that another process counts and samples.
    pub(super) fn continued(
        tracker: Tracker,
        state: ConversationState,
        is_sampled: bool,
        sample_rate: SampleRate,
    ) -> Self {
        Self::with_sampling(tracker, state, is_sampled, Some(sample_rate))
    }

    fn with_sampling(
        tracker: Tracker,
        state: ConversationState,
        is_sampled: bool,
        sample_rate: Option<SampleRate>,
    ) -> Self {
        let started = OnceLock::new();
        if state.started {
            let _ = started.set(());
        }
        let ended_at = state.ended_at.map_or(0, |count| count.saturating_add(1));
        let context = tracker.merged_context(state.context.as_ref());
        Self {
            shard: tracker.next_shard(),
            is_sampled,
            is_continued: sample_rate.is_some(),
            content_floor: if sample_rate.is_some() {
                state.content
            } else {
                Content::Full
            },
            tracker,
            identity: RwLock::new(Arc::new(Identity {
                user: state.user,
                conversation: Some(state.conversation_id.clone()),
                content: state.content,
                consent: state.consent,
                context,
                sample_rate,
            })),
            context: Mutex::new(state.context.map(Box::new)),
            changes: AtomicU64::new(0),
            identified: Mutex::new(IdentifiedUsers::new(MAX_IDENTIFIED)),
            id: state.conversation_id,
            started,
            sent: AtomicU64::new(state.messages_sent),
            received: AtomicU64::new(state.messages_received),
            ended_at: AtomicU64::new(ended_at),
            messages_at_end: AtomicU64::new(ended_at),
            latest: Mutex::new(state.latest_message_id),
            recent_messages: None,
            outbox: None,
        }
    }

    /// Changes the identity of later events. Queued events keep their identity.
    pub(super) fn change(&self, change: impl FnOnce(&mut Identity)) -> Arc<Identity> {
        let mut current = self
            .identity
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut current));
        self.changes.fetch_add(1, Ordering::Release);
        Arc::clone(&current)
    }

    /// Returns the current identity and its version.
    pub(crate) fn snapshot(&self) -> IdentitySnapshot {
        let identity = self.identity.read();
        let identity = identity.unwrap_or_else(PoisonError::into_inner);
        IdentitySnapshot {
            // The identity cannot change here, because the lock is held.
            changes: self.changes.load(Ordering::Acquire),
            identity: Arc::clone(&identity),
            turn_context: None,
        }
    }

    /// Returns the current identity and its version, with the context of a turn added.
    pub(super) fn snapshot_with(&self, turn_context: Arc<Context>) -> IdentitySnapshot {
        let mut snapshot = self.snapshot();
        let own = snapshot.identity.context.as_ref();
        let merged = match own {
            Some(own) => own.merged_with(&turn_context),
            None => Context::clone(&turn_context),
        };
        let mut merged = merged;
        // The fields were counted when each of the contexts was set.
        let _ = merged.fit();
        Arc::make_mut(&mut snapshot.identity).context = Some(Arc::new(merged));
        snapshot.turn_context = Some(turn_context);
        snapshot
    }

    /// Sets the context of later events.
    pub(super) fn set_context(&self, context: Context) {
        if let Some(outbox) = &self.outbox {
            outbox.change(|update| update.context = Some(context.clone()));
        }
        self.replace_context(context);
    }

    /// Sets the context of later events without writing it to the store.
    pub(super) fn replace_context(&self, context: Context) {
        let merged = self.tracker.merged_context(Some(&context));
        let mut own = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        *own = Some(Box::new(context));
        self.change(|identity| identity.context = merged);
    }

    /// Returns the context that was set for the conversation, without the tracker's.
    pub(super) fn own_context(&self) -> Option<Context> {
        let own = self.context.lock().unwrap_or_else(PoisonError::into_inner);
        own.as_deref().cloned()
    }

    /// Returns the current identity and its version. If `snapshot` is up to date, this method takes
    /// no lock.
    pub(crate) fn renewed_snapshot(&self, snapshot: &IdentitySnapshot) -> IdentitySnapshot {
        if self.changes.load(Ordering::Acquire) == snapshot.changes {
            return snapshot.clone();
        }
        match &snapshot.turn_context {
            Some(context) => self.snapshot_with(Arc::clone(context)),
            None => self.snapshot(),
        }
    }

    /// Returns whether `other` is the same conversation. A conversation that was resumed more than
    /// once has several cores.
    pub(super) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.id == other.id
    }

    pub(crate) fn latest_message(&self) -> Option<MessageId> {
        self.latest().clone()
    }

    pub(super) fn latest(&self) -> MutexGuard<'_, Option<MessageId>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn new_message_id(&self) -> MessageId {
        MessageId::from_uuid(self.tracker.id_and_clock().uuid())
    }

    pub(super) fn identity(&self) -> Arc<Identity> {
        let identity = self.identity.read();
        Arc::clone(&identity.unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn id(&self) -> &ConversationId {
        &self.id
    }

    pub(crate) fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// Returns whether the conversation already has this message.
    pub(super) fn is_repeated(&self, event: &str, message: &MessageTarget) -> bool {
        let (Some(recent), MessageTarget::Id(id)) = (&self.recent_messages, message) else {
            return false;
        };
        let mut recent = recent.lock().unwrap_or_else(PoisonError::into_inner);
        !recent.add(event, id)
    }

    /// Returns `true` if Conversation Ended was sent and no message has been counted since then.
    pub(super) fn is_ended(&self) -> bool {
        self.messages_at_end.load(Ordering::Relaxed) == self.message_count().saturating_add(1)
    }

    /// Returns the number of messages of the whole conversation, or 0 if another process counts
    /// them.
    pub(super) fn total_message_count(&self) -> u64 {
        if self.is_continued {
            return 0;
        }
        self.message_count()
    }

    /// Returns the total number of messages that the customer sent and received, as far as this
    /// handle knows.
    pub(super) fn message_count(&self) -> u64 {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        count(&self.sent).saturating_add(count(&self.received))
    }
}
