//! A store in memory.

use std::collections::{HashMap, HashSet, VecDeque};
use std::future::ready;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::event::ids::conversation_id::ConversationId;
use crate::ledger::counts::Ledger;
use crate::store::conversation_store::{
    ClaimedConversation, ConversationStore, EndClaim, IdleRequest, StoreFuture,
};
use crate::store::conversation_update::{ConversationUpdate, CountedMessage};
use crate::store::fleet_ledger::ReplicaLedger;
use crate::store::store_error::StoreError;
use crate::store::stored_conversation::{MESSAGE_WINDOW, StoredConversation};

/// The number of recent messages that `load` returns.
const RECENT: usize = 32;
/// The longest lease. A sum with a longer one can exceed the range of `Instant`.
const MAX_LEASE: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A [`ConversationStore`] in memory. Clones share their conversations.
///
/// Pass clones to several [`Conversations`](crate::Conversations) of one process to test an
/// application with several replicas. The store can also fail, so that the application can be
/// tested without it.
///
/// ```
/// use copilot_track::testing::{MemoryStore, TestTracker};
/// use copilot_track::{Conversations, User};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let test = TestTracker::new();
/// let store = MemoryStore::new();
/// let replica = || Conversations::builder(test.tracker()).store(store.clone()).build();
/// let (first, second) = (replica(), replica());
///
/// let user = User::known("123")?;
/// first.open("c-1", user.clone()).await?.message_sent("Is it in stock?");
/// drop(first); // writes to the store
/// let conversation = second.open("c-1", user).await?;
/// assert_eq!(conversation.message_count(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    entries: Mutex<HashMap<ConversationId, Entry>>,
    ledgers: Mutex<HashMap<String, (Ledger, Instant)>>,
    is_down: AtomicBool,
    loses_answers: AtomicBool,
}

#[derive(Debug)]
struct Entry {
    conversation: StoredConversation,
    times: ValueTimes,
    active: Instant,
    /// The latest messages, and the updates with other changes.
    known: HashSet<Known>,
    order: VecDeque<Known>,
    claim: Option<Claim>,
}

/// When the values of a conversation were written.
#[derive(Debug, Default)]
struct ValueTimes {
    user: Option<Instant>,
    latest_message_id: Option<Instant>,
    content: Option<Instant>,
    consent: Option<Instant>,
    context: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Known {
    Message(CountedMessage),
    Update(String),
}

#[derive(Debug)]
struct Claim {
    end: EndClaim,
    token: String,
    until: Instant,
}

impl MemoryStore {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether every operation fails without an effect.
    pub fn set_down(&self, down: bool) {
        self.shared.is_down.store(down, Ordering::Relaxed);
    }

    /// Sets whether every operation takes effect but returns an error, as if the connection broke
    /// before the answer arrived.
    pub fn set_losing_answers(&self, losing: bool) {
        self.shared.loses_answers.store(losing, Ordering::Relaxed);
    }

    fn answer<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut HashMap<ConversationId, Entry>) -> T,
    ) -> StoreFuture<'static, T> {
        if self.shared.is_down.load(Ordering::Relaxed) {
            return Box::pin(ready(Err(StoreError::new("the store is down"))));
        }
        let entries = self.shared.entries.lock();
        let result = operation(&mut entries.unwrap_or_else(PoisonError::into_inner));
        if self.shared.loses_answers.load(Ordering::Relaxed) {
            return Box::pin(ready(Err(StoreError::new("the answer was lost"))));
        }
        Box::pin(ready(Ok(result)))
    }
}

impl ConversationStore for MemoryStore {
    fn load<'a>(&'a self, id: &'a ConversationId) -> StoreFuture<'a, Option<StoredConversation>> {
        self.answer(|entries| Some(entries.get(id)?.load()))
    }

    fn apply<'a>(&'a self, updates: &'a [ConversationUpdate]) -> StoreFuture<'a, ()> {
        self.answer(|entries| {
            for update in updates {
                let id = update.conversation_id.clone();
                entries.entry(id).or_insert_with(Entry::new).apply(update);
            }
        })
    }

    fn claim_end<'a>(
        &'a self,
        id: &'a ConversationId,
        token: &'a str,
        lease: Duration,
    ) -> StoreFuture<'a, Option<EndClaim>> {
        let claim = self.answer(|entries| match entries.get_mut(id) {
            Some(entry) => entry.claim(token, lease),
            None => Ok(None),
        });
        Box::pin(async move { claim.await? })
    }

    fn claim_idle<'a>(
        &'a self,
        request: &'a IdleRequest,
    ) -> StoreFuture<'a, Vec<ClaimedConversation>> {
        self.answer(|entries| {
            let now = Instant::now();
            let claim = |(id, entry): (&ConversationId, &mut Entry)| {
                let is_idle = now.saturating_duration_since(entry.active) >= request.idle_for;
                // A claim that this caller already has is not returned again.
                if !is_idle || entry.claim.as_ref().is_some_and(|claim| claim.until > now) {
                    return None;
                }
                let claim = entry.claim(&request.token, request.lease).ok()??;
                Some(ClaimedConversation::new(id.clone(), claim))
            };
            entries
                .iter_mut()
                .filter_map(claim)
                .take(request.limit)
                .collect()
        })
    }

    fn confirm_end<'a>(&'a self, id: &'a ConversationId, number: u64) -> StoreFuture<'a, ()> {
        self.answer(|entries| {
            if let Some(entry) = entries.get_mut(id)
                && let Some(claim) = entry.claim.take_if(|claim| claim.end.number == number)
            {
                entry.conversation.ends = number;
                entry.conversation.messages_at_end = claim.end.message_count;
            }
        })
    }

    fn publish_ledger<'a>(&'a self, replica: &'a str, ledger: &'a Ledger) -> StoreFuture<'a, ()> {
        self.answer(|_| {
            let ledgers = self.shared.ledgers.lock();
            let mut ledgers = ledgers.unwrap_or_else(PoisonError::into_inner);
            ledgers.insert(replica.to_owned(), (*ledger, Instant::now()));
        })
    }

    fn read_ledgers(&self) -> StoreFuture<'_, Vec<ReplicaLedger>> {
        self.answer(|_| {
            let ledgers = self.shared.ledgers.lock();
            let ledgers = ledgers.unwrap_or_else(PoisonError::into_inner);
            let ledgers = ledgers.iter().map(|(replica, (ledger, published))| {
                ReplicaLedger::new(replica.clone(), *ledger, published.elapsed())
            });
            ledgers.collect()
        })
    }
}

impl Entry {
    fn new() -> Self {
        Self {
            conversation: StoredConversation::default(),
            times: ValueTimes::default(),
            active: Instant::now(),
            known: HashSet::new(),
            order: VecDeque::new(),
            claim: None,
        }
    }

    fn load(&self) -> StoredConversation {
        let messages = self.order.iter().rev().filter_map(|known| match known {
            Known::Message(message) => Some(message.clone()),
            Known::Update(_) => None,
        });
        let mut conversation = self.conversation.clone();
        conversation.recent_messages = messages.take(RECENT).collect();
        conversation
    }

    /// Remembers a message or an update. Returns whether it is new.
    fn remember(&mut self, known: Known) -> bool {
        if !self.known.insert(known.clone()) {
            return false;
        }
        self.order.push_back(known);
        // Each message can come with an update.
        if self.order.len() > 2 * MESSAGE_WINDOW
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    fn apply(&mut self, update: &ConversationUpdate) {
        self.active = Instant::now();
        for message in &update.messages {
            if self.remember(Known::Message(message.clone())) {
                let stored = &mut self.conversation;
                stored.started = true;
                if message.from_customer {
                    stored.messages_sent += 1;
                } else {
                    stored.messages_received += 1;
                }
            }
        }
        if update.has_changes() && self.remember(Known::Update(update.update_id.clone())) {
            self.change(update);
        }
    }

    fn change(&mut self, update: &ConversationUpdate) {
        let (stored, times) = (&mut self.conversation, &mut self.times);
        stored.started |= update.started;
        let late = update.late_since;
        let value = update.user.as_ref();
        replace(&mut stored.user, &mut times.user, value, late);
        let value = update.latest_message_id.as_ref();
        let (latest, time) = (&mut stored.latest_message_id, &mut times.latest_message_id);
        replace(latest, time, value, late);
        let value = update.content.as_ref();
        replace(&mut stored.content, &mut times.content, value, late);
        let value = update.consent.as_ref();
        replace(&mut stored.consent, &mut times.consent, value, late);
        let value = update.context.as_ref();
        replace(&mut stored.context, &mut times.context, value, late);
        if let Some(number) = update.ended.filter(|number| *number > stored.ends) {
            stored.ends = number;
            stored.messages_at_end = stored.message_count();
            self.claim.take_if(|claim| claim.end.number <= number);
        }
    }

    fn claim(&mut self, token: &str, lease: Duration) -> Result<Option<EndClaim>, StoreError> {
        let now = Instant::now();
        let until = now + lease.min(MAX_LEASE);
        let messages = self.conversation.message_count();
        let mut number = self.conversation.ends + 1;
        if let Some(claim) = &mut self.claim {
            let is_valid = claim.until > now;
            let has_newer = messages > claim.end.message_count;
            if is_valid && claim.token != token {
                if has_newer {
                    return Err(StoreError::new(
                        "another caller has a claim without the latest messages",
                    ));
                }
                return Ok(None);
            }
            if is_valid || !has_newer {
                if !is_valid {
                    claim.end.attempt += 1;
                }
                token.clone_into(&mut claim.token);
                claim.until = until;
                return Ok(Some(claim.end));
            }
            number = claim.end.number + 1;
        }
        if messages <= self.conversation.messages_at_end {
            return Ok(None);
        }
        let claim = EndClaim::new(number, messages);
        self.claim = Some(Claim {
            end: claim,
            token: token.to_owned(),
            until,
        });
        Ok(Some(claim))
    }
}

/// Replaces a value, unless the new value is late and the stored one was written since then.
fn replace<T: Clone>(
    stored: &mut Option<T>,
    written: &mut Option<Instant>,
    new: Option<&T>,
    late_since: Option<Instant>,
) {
    let is_outdated = late_since.is_some_and(|since| written.is_some_and(|time| time > since));
    if let Some(new) = new.filter(|_| !is_outdated) {
        *stored = Some(new.clone());
        *written = Some(late_since.unwrap_or_else(Instant::now));
    }
}
