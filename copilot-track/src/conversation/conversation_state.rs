//! The state of a conversation, for use in another process.

use serde::{Deserialize, Serialize};

use crate::event::context::event_context::Context;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::event::sampling::SampleRate;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;

/// The state that is needed to continue a conversation in another process or on another machine.
///
/// Returned by [`Conversation::state`](crate::Conversation::state) and used by
/// [`Tracker::resume`](crate::Tracker::resume). The state can be serialized with serde.
///
/// If the conversation belongs to a turn of another process
/// ([`Tracker::continue_turn`](crate::Tracker::continue_turn)), the serialized state also contains
/// what that process decided: the sampling, and the least strict content policy.
///
/// ```
/// # use copilot_track::{Tracker, User};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let tracker = Tracker::disabled();
/// let conversation = tracker.conversation(User::known("123")?);
/// let stored = serde_json::to_string(&conversation.state())?;
/// // … later, elsewhere
/// let conversation = tracker.resume(serde_json::from_str(&stored)?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConversationState {
    /// The id of the conversation.
    pub conversation_id: ConversationId,
    /// The user.
    pub user: User,
    /// Whether Identify has been sent for the user since the consent was last set.
    /// [`Conversation::identify`](crate::Conversation::identify) then sends nothing for this user.
    /// The user's traits are not part of the state, so Identify is sent again with traits.
    #[serde(default)]
    pub identified: bool,
    /// Whether Conversation Started has been sent.
    #[serde(default)]
    pub started: bool,
    /// The number of messages that the customer sent.
    #[serde(default)]
    pub messages_sent: u64,
    /// The number of messages that the customer received.
    #[serde(default)]
    pub messages_received: u64,
    /// The `message_count` of the latest Conversation Ended event, if one has been sent. 0 if the
    /// number was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<u64>,
    /// The id of the customer's latest message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_message_id: Option<MessageId>,
    /// The content policy that was set with
    /// [`Conversation::set_content`](crate::Conversation::set_content).
    #[serde(default)]
    pub content: Content,
    /// The consent that was set with
    /// [`Conversation::set_consent`](crate::Conversation::set_consent).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// The context that was set with
    /// [`Conversation::set_context`](crate::Conversation::set_context).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// The number of messages that had been counted when the conversation last ended. It differs
    /// from `ended_at` if the event had another number or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) messages_at_end: Option<u64>,
    /// What another process decided, if it started the turn that the conversation belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) continued: Option<Continued>,
}

/// What another process decided about a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Continued {
    /// Whether sampling selected the conversation.
    #[serde(rename = "sampled")]
    pub(super) is_sampled: bool,
    pub(super) sample_rate: SampleRate,
    /// The least strict content policy that the conversation can have.
    pub(super) content: Content,
}

impl ConversationState {
    /// Creates the state of a conversation that has not started.
    ///
    /// Set the public fields to restore a conversation from your own storage:
    ///
    /// ```
    /// use copilot_track::{ConversationId, ConversationState, Tracker, User};
    ///
    /// # let tracker = Tracker::disabled();
    /// let mut state = ConversationState::new(ConversationId::new("c-1")?, User::known("123")?);
    /// state.started = true;
    /// state.messages_sent = 3;
    /// let conversation = tracker.resume(state);
    /// assert_eq!(conversation.message_count(), 3);
    /// # Ok::<(), copilot_track::ParseIdError>(())
    /// ```
    #[must_use]
    pub fn new(conversation_id: ConversationId, user: User) -> Self {
        Self {
            conversation_id,
            user,
            identified: false,
            started: false,
            messages_sent: 0,
            messages_received: 0,
            ended_at: None,
            latest_message_id: None,
            content: Content::default(),
            consent: None,
            context: None,
            messages_at_end: None,
            continued: None,
        }
    }
}
