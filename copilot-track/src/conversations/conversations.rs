//! The conversations of a process, found by their ids.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::conversation::conversation::Conversation;
use crate::conversations::end_reason::EndReason;
use crate::conversations::registry::RegistryOptions;
use crate::conversations::shared::Shared;
use crate::conversations::store_reader::StoreRead;
use crate::conversations::store_thread::StoreThread;
use crate::conversations::sweeper::Sweeper;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::into_message_id::IntoMessageId;
use crate::event::ids::parse::ParseIdError;
use crate::event::rating::Rating;
use crate::event::user::User;
use crate::store::conversation_store::ConversationStore;
use crate::store::fleet_ledger::FleetLedger;
use crate::store::outboxes::Outboxes;
use crate::store::store_error::StoreError;
use crate::tracker::tracker::Tracker;
use crate::util::reentrancy;

/// The conversations of a process, found by their ids. Clones share the same conversations.
///
/// A web service receives the messages of a conversation in separate requests. `Conversations`
/// keeps the message counts between the requests, and ends conversations that are idle:
///
/// ```
/// use std::time::Duration;
/// use copilot_track::spec::MessageSent;
/// use copilot_track::{Conversations, TrackEvent as _, User};
///
/// # async fn example(tracker: copilot_track::Tracker) -> Result<(), Box<dyn std::error::Error>> {
/// let conversations = Conversations::builder(&tracker)
///     .end_after_idle(Duration::from_secs(30 * 60))
///     .build();
///
/// // In a request:
/// let conversation = conversations.open("c-1", User::known("123")?).await?;
/// let message = MessageSent::new("Is it in stock?").message_id("m-1");
/// let turn = conversation.turn_with(message);
///
/// // In a later request:
/// conversations.rate("c-1", "m-2", 5);
/// # drop(turn);
/// # Ok(())
/// # }
/// ```
///
/// A message with the id of one of the conversation's last 32 messages is a repeated request. It is
/// neither sent nor counted again. [`Ledger::repeated_messages`](crate::Ledger::repeated_messages)
/// counts such messages.
///
/// # Several processes
///
/// By default, the conversations are in the memory of this process. If several processes serve a
/// conversation, each of them counts only its own messages. With a
/// [store](crate::ConversationsBuilder::store), they count together:
///
/// - The changes of a conversation are written to the store in the background, once per
///   [`flush_interval`](crate::TrackerBuilder::flush_interval). Tracking an event never waits for
///   the store.
/// - [`open`](Self::open) reads the conversation. It waits for the store for at most 250 ms, and
///   then continues with what this process knows.
/// - A message that the application gives an id counts once, even if several processes receive it.
///   A store remembers at least the latest [1,000 messages](crate::store::MESSAGE_WINDOW) of a
///   conversation.
/// - Conversation Ended is sent by one process. The process waits for two flush intervals, so that
///   the others can write their changes, and sends the number of messages in the store. If the
///   store cannot be reached for 30 s, or for four flush intervals if that is longer, the number is
///   left out. A process that knows no messages of the conversation then sends nothing.
/// - A conversation is idle if no process has used it. It is ended by one process.
/// - [`Conversation::message_count`] returns what this process knows.
///
/// If the store is down, up to 100,000 messages are kept, and written later. The
/// [ledger](crate::Ledger) counts what is uncertain: `store_errors`, `opens_without_store`,
/// `unsaved_messages`, `unsaved_changes`, `refused_updates`, `uncounted_ends`, and
/// `ends_without_user`. A process that is killed loses at most the changes of one flush interval
/// (or of the previous write, if that took longer) and of the write in progress.
///
/// Dropping the last clone blocks the thread until the changes are written, or until
/// [`drop_timeout`](crate::TrackerBuilder::drop_timeout) has passed. Async code can await
/// [`Tracker::shutdown`] first, which writes the changes, too.
#[derive(Clone)]
pub struct Conversations {
    shared: Arc<Shared>,
    /// The thread on which the store is called, if there is one.
    store: Option<Arc<StoreThread>>,
    /// The thread that ends idle conversations. It stops when the last clone is dropped.
    _sweeper: Option<Arc<Sweeper>>,
}

impl Conversations {
    pub(super) fn new(
        tracker: Tracker,
        options: Arc<RegistryOptions>,
        store: Option<Arc<dyn ConversationStore>>,
    ) -> Self {
        if let Some(store) = store.filter(|_| tracker.is_enabled()) {
            match Self::with_store(&tracker, &options, store) {
                Ok(conversations) => return conversations,
                Err(error) => reentrancy::log(|| {
                    tracing::warn!(%error, "the conversation store is not used");
                }),
            }
        }
        let idle = options.end_after_idle;
        let shared = Arc::new(Shared::new(tracker, options, None));
        let sweeper = idle.and_then(|idle| Sweeper::start(&shared, idle));
        Self {
            shared,
            store: None,
            _sweeper: sweeper.map(Arc::new),
        }
    }

    fn with_store(
        tracker: &Tracker,
        options: &Arc<RegistryOptions>,
        store: Arc<dyn ConversationStore>,
    ) -> io::Result<Self> {
        let outboxes = Outboxes::new(tracker.clone());
        let shared = Shared::new(
            tracker.clone(),
            Arc::clone(options),
            Some(Arc::clone(&outboxes)),
        );
        let shared = Arc::new(shared);
        let store = StoreThread::start(&shared, outboxes, store)?;
        Ok(Self {
            shared,
            store: Some(store),
            _sweeper: None,
        })
    }

    /// Returns the conversation with this id. If this process does not know the conversation, it is
    /// created. With a store, the conversation is read from the store, for at most 250 ms.
    ///
    /// If the conversation has another user, [`Conversation::identify`] is called. A customer who
    /// logs in between two requests is therefore identified once.
    ///
    /// # Errors
    /// Returns [`ParseIdError`] if the id is blank or has more than 100 characters.
    pub fn open<I: AsRef<str>>(
        &self,
        id: I,
        user: User,
    ) -> impl Future<Output = Result<Conversation, ParseIdError>> + Send + use<I> {
        let id = ConversationId::new(id.as_ref());
        let (shared, store) = (Arc::clone(&self.shared), self.store.clone());
        async move {
            let id = id?;
            let read = match &store {
                Some(store) => store.read(&shared, &id).await,
                None => StoreRead::default(),
            };
            Ok(shared.open(id, &user, &read))
        }
    }

    /// Does the same as [`open`](Self::open) with a user that depends on the conversation's current
    /// user. Use it for ids that come from customers, to check whose conversation it is.
    ///
    /// The closure receives the current user, or `None` if neither this process nor the store knows
    /// the conversation. It returns the user of the request. If it returns `None`, the conversation
    /// is not opened, and the result is `Ok(None)`. The result is the same if another request of
    /// this process has changed the user of the conversation in the meantime, unless it is now the
    /// user of this request: the user ids are equal, or the conversation has only an anonymous id
    /// and this id is equal. If two requests of this process log in on an anonymous conversation at
    /// the same time, one of them gets `None`. Requests of different processes are not compared
    /// until their changes are written. The user who is written last then keeps the conversation.
    ///
    /// ```
    /// # use copilot_track::{Conversations, User};
    /// # async fn example(conversations: Conversations) -> Result<(), Box<dyn std::error::Error>> {
    /// let user = User::known("123")?;
    /// let opened = conversations.open_with("c-1", |owner| match owner {
    ///     Some(owner) if owner.user_id() != user.user_id() => None,
    ///     _ => Some(user),
    /// });
    /// let Some(conversation) = opened.await? else {
    ///     return Err("this conversation belongs to another user".into());
    /// };
    /// # drop(conversation);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns [`ParseIdError`] if the id is blank or has more than 100 characters.
    pub fn open_with<I, F>(
        &self,
        id: I,
        user: F,
    ) -> impl Future<Output = Result<Option<Conversation>, ParseIdError>> + Send + use<I, F>
    where
        I: AsRef<str>,
        F: FnOnce(Option<&User>) -> Option<User> + Send,
    {
        let id = ConversationId::new(id.as_ref());
        let (shared, store) = (Arc::clone(&self.shared), self.store.clone());
        async move {
            let id = id?;
            let read = match &store {
                Some(store) => store.read(&shared, &id).await,
                None => StoreRead::default(),
            };
            let owner = shared.user_of(&id, &read);
            let user = user(owner.as_ref());
            Ok(user.and_then(|user| shared.open_of(owner.as_ref(), id, &user, &read)))
        }
    }

    /// Returns the conversation with this id, if this process knows it. This method does not read
    /// the store.
    #[must_use]
    pub fn get(&self, id: impl AsRef<str>) -> Option<Conversation> {
        let id = ConversationId::new(id).ok()?;
        self.shared.registry().get(&id, Instant::now())
    }

    /// Sends Feedback Submitted for a message of a conversation. Returns whether this process knows
    /// the conversation. If it does not, nothing is sent.
    pub fn rate(
        &self,
        id: impl AsRef<str>,
        message_id: impl IntoMessageId,
        rating: impl Into<Rating>,
    ) -> bool {
        let conversation = self.get(id);
        let is_known = conversation.is_some();
        if let Some(conversation) = conversation {
            conversation.rate(message_id, rating);
        }
        is_known
    }

    /// Ends a conversation: Conversation Ended is sent, unless the conversation has no messages or
    /// has already ended. Returns whether this process knows the conversation. With a store, the
    /// event is sent about two flush intervals later, by one process.
    ///
    /// A conversation that this process does not know is not ended. Call [`open`](Self::open)
    /// first.
    pub fn end(&self, id: impl AsRef<str>) -> bool {
        let conversation = self.get(id);
        let is_known = conversation.is_some();
        let endings = conversation.map(|conversation| (conversation, EndReason::Application));
        self.shared.end(endings);
        is_known
    }

    /// Reads the ledgers of all replicas that
    /// [publish](crate::ConversationsBuilder::publish_ledger) theirs in the store.
    ///
    /// # Errors
    /// Returns [`StoreError`] if there is no store, or if it does not answer within 5 s.
    pub fn fleet_ledger(
        &self,
    ) -> impl Future<Output = Result<FleetLedger, StoreError>> + Send + use<> {
        let store = self.store.clone();
        async move {
            match store {
                Some(store) => store.read_ledgers().await,
                None => Err(StoreError::new("there is no conversation store")),
            }
        }
    }

    /// Returns the number of conversations in the memory of this process, including those that have
    /// ended.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.registry().len()
    }

    /// Ends the conversations that are idle at `now`.
    #[cfg(test)]
    pub(super) fn sweep_at(&self, now: Instant) {
        self.shared.sweep(now);
    }

    /// Returns whether there are no conversations in memory.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Conversations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversations")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
