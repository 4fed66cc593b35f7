//! The conversations of a process, found by their ids.

use std::fmt;
use std::future::{Future, ready};
use std::sync::Arc;
use std::time::Instant;

use crate::conversation::conversation::Conversation;
use crate::conversations::end_reason::EndReason;
use crate::conversations::registry::RegistryOptions;
use crate::conversations::shared::Shared;
use crate::conversations::sweeper::Sweeper;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::into_message_id::IntoMessageId;
use crate::event::ids::parse::ParseIdError;
use crate::event::rating::Rating;
use crate::event::user::User;
use crate::tracker::tracker::Tracker;

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
/// The conversations are in the memory of this process. If several processes serve a conversation,
/// each of them counts only its own messages.
#[derive(Clone)]
pub struct Conversations {
    shared: Arc<Shared>,
    /// The thread that ends idle conversations. It stops when the last clone is dropped.
    _sweeper: Option<Arc<Sweeper>>,
}

impl Conversations {
    pub(super) fn new(tracker: Tracker, options: Arc<RegistryOptions>) -> Self {
        let idle = options.end_after_idle;
        let shared = Arc::new(Shared::new(tracker, options));
        let sweeper = idle.and_then(|idle| Sweeper::start(&shared, idle));
        Self {
            shared,
            _sweeper: sweeper.map(Arc::new),
        }
    }

    /// Returns the conversation with this id. If this process does not know the conversation, it is
    /// created.
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
        // Nothing waits yet. The method is async because a shared store will have to be read.
        ready(self.shared.open(id.as_ref(), user))
    }

    /// Returns the conversation with this id, if this process knows it.
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
    /// has already ended. Returns whether this process knows the conversation.
    pub fn end(&self, id: impl AsRef<str>) -> bool {
        let conversation = self.get(id);
        let is_known = conversation.is_some();
        let endings = conversation.map(|conversation| (conversation, EndReason::Application));
        self.shared.end(endings);
        is_known
    }

    /// Returns the number of conversations in memory, including those that have ended.
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
