//! The builder of a registry of conversations.

use std::sync::Arc;
use std::time::Duration;

use crate::conversation::conversation::Conversation;
use crate::conversations::conversations::Conversations;
use crate::conversations::end_reason::EndReason;
use crate::conversations::registry::{OnEnd, RegistryOptions};
use crate::store::conversation_store::ConversationStore;
use crate::tracker::tracker::Tracker;

/// A builder that configures and creates [`Conversations`]. Returned by
/// [`Conversations::builder`].
#[must_use = "a builder does nothing until `build` is called"]
pub struct ConversationsBuilder {
    tracker: Tracker,
    options: RegistryOptions,
    store: Option<Arc<dyn ConversationStore>>,
}

impl Conversations {
    /// Returns a builder with the default settings.
    pub fn builder(tracker: &Tracker) -> ConversationsBuilder {
        ConversationsBuilder::new(tracker)
    }
}

impl ConversationsBuilder {
    fn new(tracker: &Tracker) -> Self {
        Self {
            tracker: tracker.clone(),
            options: RegistryOptions {
                end_after_idle: None,
                max_conversations: 100_000,
                with_ended_by: false,
                on_end: None,
                replica: None,
            },
            store: None,
        }
    }

    /// Ends a conversation after a time without activity: Conversation Ended is sent.
    ///
    /// Default: conversations are not ended. Activity is a call to [`Conversations::open`],
    /// [`get`](Conversations::get), or [`rate`](Conversations::rate) for the conversation, or a
    /// message. A thread checks for idle conversations, so a conversation can end later by up to an
    /// eighth of this time, or by 10 ms if that is longer.
    ///
    /// A message that arrives later continues the conversation. When the conversation ends again,
    /// another Conversation Ended is sent, with the new number of messages.
    pub fn end_after_idle(mut self, idle: Duration) -> Self {
        self.options.end_after_idle = Some(idle);
        self
    }

    /// Shares the conversations with other processes through a store, for example with the
    /// `RedisStore` of the `copilot-track-redis` crate.
    ///
    /// Default: the conversations are in the memory of this process. See
    /// [`Conversations`](Conversations#several-processes) for what changes with a store.
    pub fn store(mut self, store: impl ConversationStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Publishes the tracker's [ledger](crate::Ledger) in the store, under the name of this
    /// replica, every 10 s and before a flush. [`Conversations::fleet_ledger`] reads the ledgers of
    /// all replicas.
    ///
    /// Default: the ledger is not published. Each replica needs its own name, for example its host
    /// name.
    pub fn publish_ledger(mut self, replica: impl Into<String>) -> Self {
        self.options.replica = Some(replica.into());
        self
    }

    /// Sets the maximum number of conversations in memory.
    ///
    /// Default: 100,000; the minimum is 1. If there are more conversations, those that were used
    /// least recently are ended and removed. With a [store](Self::store), they are only removed.
    pub fn max_conversations(mut self, conversations: usize) -> Self {
        self.options.max_conversations = conversations.max(1);
        self
    }

    /// Adds the `ended_by` property to Conversation Ended: `idle`, `capacity`, or `application`.
    ///
    /// Default: the property is not sent, because it is not part of the spec.
    pub fn ended_by(mut self, sent: bool) -> Self {
        self.options.with_ended_by = sent;
        self
    }

    /// Sets a closure that is called after a conversation has ended.
    ///
    /// Default: none. The closure is called on the thread that ends the conversation: the thread
    /// that checks for idle conversations, or the caller of [`Conversations::open`] or
    /// [`Conversations::end`]. With a [store](Self::store), it is called only in the process that
    /// sends Conversation Ended, on the thread that uses the store. There, the closure must neither
    /// block nor wait for [`Conversations::open`]: nothing is read from the store or written to it
    /// until the closure returns. It is called without a lock, so it can use the `Conversations`. A
    /// panic in the closure is caught.
    pub fn on_end(
        mut self,
        on_end: impl Fn(&Conversation, EndReason) + Send + Sync + 'static,
    ) -> Self {
        self.options.on_end = Some(OnEnd::new(on_end));
        self
    }

    /// Creates the `Conversations`.
    ///
    /// With [`end_after_idle`](Self::end_after_idle) or a [store](Self::store), this starts a
    /// thread, which ends when the last clone of the `Conversations` is dropped. If the thread
    /// cannot be started, a warning is logged, idle conversations are not ended, and the store is
    /// not used.
    #[must_use]
    pub fn build(self) -> Conversations {
        Conversations::new(self.tracker, Arc::new(self.options), self.store)
    }
}
