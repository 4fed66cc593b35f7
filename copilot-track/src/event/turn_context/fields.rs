//! The contents of a turn context.

use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::event::sampling::SampleRate;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;

/// The contents of a turn context.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ContextFields {
    pub(crate) conversation_id: ConversationId,
    pub(crate) user: User,
    pub(crate) message_id: MessageId,
    pub(crate) reply_id: Option<MessageId>,
    pub(crate) content: Content,
    pub(crate) consent: Option<Consent>,
    pub(crate) is_sampled: bool,
    pub(crate) sample_rate: SampleRate,
    /// The time when the context expires, in seconds since the Unix epoch.
    pub(crate) expires_at: Option<u64>,
}
