//! Changes of a conversation that have not been written to the store.

use std::time::Instant;

use tokio::time::Instant as TokioInstant;

use crate::event::context::event_context::Context;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;

/// Changes of one conversation in one process since its last write.
///
/// A write can be repeated, because the answer to it was lost. A store must therefore remember
/// [`update_id`](Self::update_id) and the ids of the messages, see
/// [`ConversationStore::apply`](crate::store::ConversationStore::apply).
///
/// An update without any change means that the conversation was used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConversationUpdate {
    /// The id of the conversation.
    pub conversation_id: ConversationId,
    /// The id of this update, which stays the same if the update is written again.
    pub update_id: String,
    /// The new messages.
    pub messages: Vec<CountedMessage>,
    /// Whether Conversation Started has been sent.
    pub started: bool,
    /// The new user.
    pub user: Option<User>,
    /// The id of the customer's latest message.
    pub latest_message_id: Option<MessageId>,
    /// The new content policy.
    pub content: Option<Content>,
    /// The new consent.
    pub consent: Option<Consent>,
    /// The new context.
    pub context: Option<Context>,
    /// The number of a Conversation Ended event that was sent although the store could not be
    /// reached.
    pub ended: Option<u64>,
    /// The time since which another process can have written newer values. `None`, except for an
    /// update that was dropped before.
    ///
    /// A dropped update is written after the next changes of its conversation, without its
    /// messages. It must not replace newer values. To convert this time to the clock of the store,
    /// subtract [`elapsed`](Instant::elapsed) from the store's current time. Compute it again for
    /// each attempt: an elapsed time that is sent again later is too short, so the value would
    /// count as newer than it is.
    pub late_since: Option<Instant>,
    /// When the update was first taken to be written.
    pub(crate) first_taken: Option<Instant>,
    /// How often the store has refused the update since it was dropped.
    pub(crate) late_refusals: u32,
    /// The earliest time of the next attempt to write the update, if the store has refused it since
    /// it was dropped.
    pub(crate) next_late: Option<TokioInstant>,
}

impl ConversationUpdate {
    /// Creates an update without changes.
    #[must_use]
    pub fn new(conversation_id: ConversationId, update_id: impl Into<String>) -> Self {
        Self {
            conversation_id,
            update_id: update_id.into(),
            messages: Vec::new(),
            started: false,
            user: None,
            latest_message_id: None,
            content: None,
            consent: None,
            context: None,
            ended: None,
            late_since: None,
            first_taken: None,
            late_refusals: 0,
            next_late: None,
        }
    }

    /// Returns whether there is a change other than new messages.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.started
            || self.user.is_some()
            || self.latest_message_id.is_some()
            || self.content.is_some()
            || self.consent.is_some()
            || self.context.is_some()
            || self.ended.is_some()
    }

    /// Returns a copy of the update without its messages.
    pub(crate) fn without_messages(&self) -> Self {
        let mut copy = Self::new(self.conversation_id.clone(), self.update_id.clone());
        copy.late_since = self.late_since;
        copy.first_taken = self.first_taken;
        copy.late_refusals = self.late_refusals;
        copy.next_late = self.next_late;
        copy.or(self)
    }

    /// Returns whether the update was dropped before.
    pub(crate) fn is_late(&self) -> bool {
        self.late_since.is_some()
    }

    /// Removes the changes that a newer update replaces.
    pub(crate) fn remove_replaced(&mut self, newer: &Self) {
        self.started &= !newer.started;
        self.ended.take_if(|ended| newer.ended >= Some(*ended));
        self.user.take_if(|_| newer.user.is_some());
        self.latest_message_id
            .take_if(|_| newer.latest_message_id.is_some());
        self.content.take_if(|_| newer.content.is_some());
        self.consent.take_if(|_| newer.consent.is_some());
        self.context.take_if(|_| newer.context.is_some());
    }

    /// Adds a message.
    #[inline]
    pub(crate) fn add_message(&mut self, id: &MessageId, from_customer: bool) {
        if self.messages.len() == self.messages.capacity() {
            grow(&mut self.messages);
        }
        self.messages.push(CountedMessage {
            id: id.clone(),
            from_customer,
        });
    }

    /// Returns whether there is a content policy or a consent.
    pub(crate) fn has_privacy(&self) -> bool {
        self.content.is_some() || self.consent.is_some()
    }

    /// Returns this update with the fields of `older` that this update does not have.
    pub(crate) fn or(mut self, older: &Self) -> Self {
        let Self {
            started,
            user,
            latest_message_id,
            content,
            consent,
            context,
            ended,
            ..
        } = older;
        self.started |= started;
        self.ended = self.ended.max(*ended);
        self.user = self.user.or_else(|| user.clone());
        self.latest_message_id = self.latest_message_id.or_else(|| latest_message_id.clone());
        self.content = self.content.or(*content);
        self.consent = self.consent.or_else(|| consent.clone());
        self.context = self.context.or_else(|| context.clone());
        self
    }
}

/// Makes room for four messages, or for four times as many as there are. The list has few messages
/// or, after an outage, very many.
#[cold]
fn grow(messages: &mut Vec<CountedMessage>) {
    messages.reserve_exact((3 * messages.len()).max(4));
}

/// A message that counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CountedMessage {
    /// The id of the message.
    pub id: MessageId,
    /// Whether the customer sent the message. Otherwise, the customer received it.
    pub from_customer: bool,
}

impl CountedMessage {
    /// Creates a message.
    #[must_use]
    pub fn new(id: MessageId, from_customer: bool) -> Self {
        Self { id, from_customer }
    }
}
