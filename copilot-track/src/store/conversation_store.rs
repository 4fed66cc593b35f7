//! The trait for stores.

use std::future::ready;
use std::pin::Pin;
use std::time::Duration;

use crate::event::ids::conversation_id::ConversationId;
use crate::ledger::counts::Ledger;
use crate::store::conversation_update::ConversationUpdate;
use crate::store::fleet_ledger::ReplicaLedger;
use crate::store::store_error::StoreError;
use crate::store::stored_conversation::StoredConversation;

/// The future that the methods of [`ConversationStore`] return.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A store that several processes share, so that they count the messages of a conversation
/// together.
///
/// The methods are called on a tokio runtime of the library, on its own thread, never on the thread
/// that tracks an event. They must not block this thread. Each call has a timeout: 250 ms for
/// [`load`](Self::load) if a caller of [`Conversations::open`](crate::Conversations::open) waits,
/// and 5 s for all others. A call that fails or times out is repeated later.
///
/// Each method must be atomic for each conversation: either all of its effects on a conversation
/// are visible to other processes, or none. Times are measured with one clock, that of the store.
///
/// [`testing::store_conformance`](crate::testing::store_conformance) checks an implementation, and
/// [`testing::MemoryStore`](crate::testing::MemoryStore) is an example.
pub trait ConversationStore: Send + Sync + 'static {
    /// Returns a conversation, or `None` if it was never written or has expired.
    fn load<'a>(&'a self, id: &'a ConversationId) -> StoreFuture<'a, Option<StoredConversation>>;

    /// Writes changes of conversations. There are at most 1,000 updates.
    ///
    /// Each update counts as activity of its conversation. A repeated write must not change
    /// anything else:
    ///
    /// - A message counts once. The store must remember at least the latest
    ///   [`MESSAGE_WINDOW`](crate::store::MESSAGE_WINDOW) messages of a conversation. A message is
    ///   identified by its id together with its direction.
    /// - The other fields replace the stored values, unless an update with the same `update_id` was
    ///   already written.
    /// - If [`late_since`](ConversationUpdate::late_since) is set, a stored value that was written
    ///   after this time is not replaced. The values of such an update count as written at this
    ///   time.
    /// - If `ended` is higher than [`ends`](StoredConversation::ends), `ends` is raised to it,
    ///   `messages_at_end` becomes the current number of messages, and a claim of this or a lower
    ///   number is removed.
    ///
    /// # Errors
    /// After an error, all updates are written again. If the store can be read, they are written in
    /// smaller groups, so that an update that the store always refuses does not block the others.
    /// An update that fails five times, for at least 60 s, although the store accepts others is
    /// dropped, and [counted](crate::Ledger::refused_updates). If the implementation knows which
    /// updates failed, it returns [`StoreError::of_updates`].
    fn apply<'a>(&'a self, updates: &'a [ConversationUpdate]) -> StoreFuture<'a, ()>;

    /// Claims the next end of a conversation for the caller.
    ///
    /// If the conversation has messages that were not counted at the latest end, the claim gets the
    /// next number, and the current number of messages is stored with it. `token` identifies the
    /// caller. The claim is valid for `lease`. In this time, other callers get `None` or an error,
    /// and the same caller gets the same claim again.
    ///
    /// After this time, the first caller may have crashed, before or after it sent the event. If
    /// there are no newer messages, the next caller gets a claim with the same number and the same
    /// number of messages, so that both events have the same id. Its
    /// [`attempt`](EndClaim::attempt) is one higher. If there are newer messages, the next caller
    /// gets the next number and the current number of messages.
    ///
    /// Returns `None` if there is nothing to claim.
    ///
    /// # Errors
    /// Returns an error while another caller has a valid claim, if the conversation has more
    /// messages than this claim. An end that was requested for these messages is then claimed again
    /// later, after the other claim was confirmed. `None` would drop this end.
    fn claim_end<'a>(
        &'a self,
        id: &'a ConversationId,
        token: &'a str,
        lease: Duration,
    ) -> StoreFuture<'a, Option<EndClaim>>;

    /// Claims the ends of conversations without activity, as [`claim_end`](Self::claim_end) does.
    ///
    /// A conversation is returned to one caller only, as long as the caller's lease lasts. Returns
    /// fewer than `limit` conversations only if no more are idle.
    fn claim_idle<'a>(
        &'a self,
        request: &'a IdleRequest,
    ) -> StoreFuture<'a, Vec<ClaimedConversation>>;

    /// Records that the Conversation Ended event of a claim was sent.
    ///
    /// The conversation has then ended with the claim's number and number of messages. If there is
    /// no claim with this number, nothing happens.
    fn confirm_end<'a>(&'a self, id: &'a ConversationId, number: u64) -> StoreFuture<'a, ()>;

    /// Stores the ledger of a replica, and replaces the previous one of this replica.
    ///
    /// The default implementation does nothing.
    fn publish_ledger<'a>(&'a self, replica: &'a str, ledger: &'a Ledger) -> StoreFuture<'a, ()> {
        let _ = (replica, ledger);
        Box::pin(ready(Ok(())))
    }

    /// Returns the ledgers of all replicas.
    ///
    /// The default implementation returns none.
    fn read_ledgers(&self) -> StoreFuture<'_, Vec<ReplicaLedger>> {
        Box::pin(ready(Ok(Vec::new())))
    }
}

/// The right to send a Conversation Ended event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndClaim {
    /// The number of the end, starting at 1.
    pub number: u64,
    /// The number of messages of the conversation.
    pub message_count: u64,
    /// How many callers have got a claim with this number, starting at 1.
    pub attempt: u32,
}

impl EndClaim {
    /// Creates the first claim with a number.
    #[must_use]
    pub fn new(number: u64, message_count: u64) -> Self {
        Self {
            number,
            message_count,
            attempt: 1,
        }
    }

    /// Sets how many callers have got a claim with this number.
    #[must_use]
    pub fn attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }
}

/// An idle conversation and the claim of its end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimedConversation {
    /// The id of the conversation.
    pub conversation_id: ConversationId,
    /// The claim.
    pub claim: EndClaim,
}

impl ClaimedConversation {
    /// Creates a value.
    #[must_use]
    pub fn new(conversation_id: ConversationId, claim: EndClaim) -> Self {
        Self {
            conversation_id,
            claim,
        }
    }
}

/// A request for the ends of idle conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdleRequest {
    /// The minimum time since the last activity of a conversation.
    pub idle_for: Duration,
    /// The maximum number of conversations to return.
    pub limit: usize,
    /// How long the claims are valid.
    pub lease: Duration,
    /// Identifies the caller.
    pub token: String,
}

impl IdleRequest {
    /// Creates a request.
    #[must_use]
    pub fn new(
        idle_for: Duration,
        limit: usize,
        lease: Duration,
        token: impl Into<String>,
    ) -> Self {
        Self {
            idle_for,
            limit,
            lease,
            token: token.into(),
        }
    }
}
