//! Why a conversation ended.

/// Why [`Conversations`](crate::Conversations) ended a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// There was no activity for the time that
    /// [`end_after_idle`](crate::ConversationsBuilder::end_after_idle) sets.
    Idle,
    /// There were more conversations than
    /// [`max_conversations`](crate::ConversationsBuilder::max_conversations).
    Capacity,
    /// The application called [`Conversations::end`](crate::Conversations::end).
    Application,
}

impl EndReason {
    /// Returns the value of the `ended_by` property: `idle`, `capacity`, or `application`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Capacity => "capacity",
            Self::Application => "application",
        }
    }
}
