//! The conversations that are open or have ended recently.

use std::borrow::Borrow;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant};

use crate::conversation::conversation::Conversation;
use crate::conversations::end_reason::EndReason;
use crate::event::ids::conversation_id::ConversationId;
use crate::util::caught_drop::CaughtDrop;
use crate::util::panics;

/// How long a conversation that has ended is remembered. Segment removes duplicates for at least
/// this time, so a conversation that continues later can start with a count of zero.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// The settings of a registry.
#[derive(Debug)]
pub(super) struct RegistryOptions {
    pub(super) end_after_idle: Option<Duration>,
    pub(super) max_conversations: usize,
    pub(super) with_ended_by: bool,
    pub(super) on_end: Option<OnEnd>,
    /// The name under which the ledger is published in the store.
    pub(super) replica: Option<String>,
}

/// The application's closure that is called after a conversation has ended.
pub(super) struct OnEnd(CaughtDrop<Box<EndClosure>>);

type EndClosure = dyn Fn(&Conversation, EndReason) + Send + Sync;

impl OnEnd {
    pub(super) fn new(on_end: impl Fn(&Conversation, EndReason) + Send + Sync + 'static) -> Self {
        Self(CaughtDrop::new(Box::new(on_end)))
    }

    /// Calls the closure, and catches a panic.
    pub(super) fn call(&self, conversation: &Conversation, reason: EndReason) {
        panics::catch(|| {
            if let Some(on_end) = self.0.get() {
                on_end(conversation, reason);
            }
        });
    }
}

impl fmt::Debug for OnEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnEnd")
    }
}

/// The conversations that are open or have ended recently.
#[derive(Debug)]
pub(super) struct Registry {
    entries: HashMap<ById, Activity>,
    created: Instant,
}

/// A conversation that is found by its id. The id is not a part of the table, because a table has
/// up to twice as many places as entries.
#[derive(Debug)]
struct ById(Conversation);

impl Borrow<ConversationId> for ById {
    fn borrow(&self) -> &ConversationId {
        self.0.id()
    }
}

impl PartialEq for ById {
    fn eq(&self, other: &Self) -> bool {
        self.0.id() == other.0.id()
    }
}

impl Eq for ById {}

impl Hash for ById {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // `Borrow` requires the hash of the id.
        self.0.id().hash(state);
    }
}

/// When a conversation was last used.
#[derive(Debug)]
struct Activity {
    /// The time of the last known activity, in nanoseconds since the registry was created. An
    /// `Instant` is twice as large.
    time: Cell<u64>,
    /// The number of messages at that time.
    messages: u64,
}

impl Activity {
    /// Notices messages that were sent since the last check. Returns the time since the last
    /// activity.
    fn update(&mut self, conversation: &Conversation, now: u64) -> Duration {
        let messages = conversation.message_count();
        if messages != self.messages {
            self.messages = messages;
            self.time.set(now);
        }
        Duration::from_nanos(now.saturating_sub(self.time.get()))
    }
}

/// A conversation that must be ended after the lock is released.
pub(super) type Ending = (Conversation, EndReason);

impl Registry {
    pub(super) fn new() -> Self {
        Self {
            entries: HashMap::new(),
            created: Instant::now(),
        }
    }

    /// Returns the time since the registry was created, in nanoseconds.
    fn nanoseconds(&self, now: Instant) -> u64 {
        let time = now.saturating_duration_since(self.created).as_nanos();
        u64::try_from(time).unwrap_or(u64::MAX)
    }

    /// Adds a conversation. Returns the conversations that must be ended, because there are more
    /// than `max`.
    pub(super) fn insert(
        &mut self,
        conversation: &Conversation,
        max: usize,
        now: Instant,
    ) -> Vec<Ending> {
        let mut endings = Vec::new();
        if self.entries.len() >= max {
            self.evict(max, &mut endings);
        }
        let activity = Activity {
            time: Cell::new(self.nanoseconds(now)),
            messages: 0,
        };
        self.entries.insert(ById(conversation.clone()), activity);
        endings
    }

    /// Returns the conversation with this id, which counts as activity.
    pub(super) fn get(&self, id: &ConversationId, now: Instant) -> Option<Conversation> {
        let (ById(conversation), activity) = self.entries.get_key_value(id)?;
        activity.time.set(self.nanoseconds(now));
        Some(conversation.clone())
    }

    /// Returns the conversation with this id, without counting it as activity.
    pub(super) fn peek(&self, id: &ConversationId) -> Option<Conversation> {
        let (ById(conversation), _) = self.entries.get_key_value(id)?;
        Some(conversation.clone())
    }

    /// Removes conversations that have been idle for `idle` and that nothing else uses.
    pub(super) fn forget(&mut self, idle: Duration, now: Instant) {
        let now = self.nanoseconds(now);
        self.entries.retain(|ById(conversation), activity| {
            activity.update(conversation, now) < idle || conversation.is_shared()
        });
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the conversations that have been idle for `idle`. Removes conversations without
    /// messages, and those that ended long ago.
    pub(super) fn idle(&mut self, idle: Duration, now: Instant) -> Vec<Ending> {
        let mut endings = Vec::new();
        let now = self.nanoseconds(now);
        self.entries.retain(|ById(conversation), activity| {
            let inactive = activity.update(conversation, now);
            if inactive < idle {
                return true;
            }
            if activity.messages > 0 && !conversation.is_ended() {
                endings.push((conversation.clone(), EndReason::Idle));
                return true;
            }
            // A handle that is in use can still send a message.
            conversation.is_shared() || (activity.messages > 0 && inactive < idle + REMEMBERED)
        });
        endings
    }

    /// Removes the conversations that were used least recently: at least one, and a sixteenth of
    /// the maximum, so that the cost per conversation stays small.
    fn evict(&mut self, max: usize, endings: &mut Vec<Ending>) {
        let kept = max.saturating_sub(1 + max / 16);
        let mut by_activity = Vec::with_capacity(self.entries.len());
        for (ById(conversation), activity) in &self.entries {
            // Conversations with other handles are in use, and come last.
            let is_shared = conversation.is_shared();
            by_activity.push((is_shared, activity.time.get(), conversation.id().clone()));
        }
        by_activity.sort_unstable();
        let removed = by_activity.len().saturating_sub(kept);
        for (_, _, id) in by_activity.into_iter().take(removed) {
            if let Some((ById(conversation), _)) = self.entries.remove_entry(&id) {
                endings.push((conversation, EndReason::Capacity));
            }
        }
    }
}
