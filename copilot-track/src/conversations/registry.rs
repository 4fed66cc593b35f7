//! The conversations that are open or have ended recently.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use crate::conversation::conversation::Conversation;
use crate::conversations::end_reason::EndReason;
use crate::event::ids::conversation_id::ConversationId;
use crate::util::panics::{self, CaughtDrop};

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
#[derive(Debug, Default)]
pub(super) struct Registry {
    entries: HashMap<ConversationId, Entry>,
}

#[derive(Debug)]
struct Entry {
    conversation: Conversation,
    /// The time of the last known activity.
    active: Instant,
    /// The number of messages at that time.
    messages: u64,
}

impl Entry {
    /// Notices messages that were sent since the last check.
    fn update(&mut self, now: Instant) {
        let messages = self.conversation.message_count();
        if messages != self.messages {
            self.messages = messages;
            self.active = now;
        }
    }
}

/// A conversation that must be ended after the lock is released.
pub(super) type Ending = (Conversation, EndReason);

impl Registry {
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
        let entry = Entry {
            conversation: conversation.clone(),
            active: now,
            messages: 0,
        };
        self.entries.insert(conversation.id().clone(), entry);
        endings
    }

    /// Returns the conversation with this id, which counts as activity.
    pub(super) fn get(&mut self, id: &ConversationId, now: Instant) -> Option<Conversation> {
        let entry = self.entries.get_mut(id)?;
        entry.active = now;
        Some(entry.conversation.clone())
    }

    /// Returns the conversation with this id, without counting it as activity.
    pub(super) fn peek(&self, id: &ConversationId) -> Option<Conversation> {
        Some(self.entries.get(id)?.conversation.clone())
    }

    /// Removes conversations that have been idle for `idle` and that nothing else uses.
    pub(super) fn forget(&mut self, idle: Duration, now: Instant) {
        self.entries.retain(|_, entry| {
            entry.update(now);
            now.saturating_duration_since(entry.active) < idle || entry.conversation.is_shared()
        });
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the conversations that have been idle for `idle`. Removes conversations without
    /// messages, and those that ended long ago.
    pub(super) fn idle(&mut self, idle: Duration, now: Instant) -> Vec<Ending> {
        let mut endings = Vec::new();
        self.entries.retain(|_, entry| {
            entry.update(now);
            let inactive = now.saturating_duration_since(entry.active);
            if inactive < idle {
                return true;
            }
            if entry.messages > 0 && !entry.conversation.is_ended() {
                endings.push((entry.conversation.clone(), EndReason::Idle));
                return true;
            }
            // A handle that is in use can still send a message.
            entry.conversation.is_shared() || (entry.messages > 0 && inactive < idle + REMEMBERED)
        });
        endings
    }

    /// Removes the conversations that were used least recently: at least one, and a sixteenth of
    /// the maximum, so that the cost per conversation stays small.
    fn evict(&mut self, max: usize, endings: &mut Vec<Ending>) {
        let kept = max.saturating_sub(1 + max / 16);
        let mut by_activity = Vec::with_capacity(self.entries.len());
        for (id, entry) in &self.entries {
            // Conversations with other handles are in use, and come last.
            let place = (entry.conversation.is_shared(), entry.active, id.clone());
            by_activity.push(place);
        }
        by_activity.sort_unstable();
        let removed = by_activity.len().saturating_sub(kept);
        for (_, _, id) in by_activity.into_iter().take(removed) {
            if let Some(entry) = self.entries.remove(&id) {
                endings.push((entry.conversation, EndReason::Capacity));
            }
        }
    }
}
