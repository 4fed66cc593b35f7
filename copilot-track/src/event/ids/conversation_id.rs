//! The id of a conversation.

use std::sync::Arc;

use uuid::Uuid;

use crate::event::ids::parse::{ParseIdError, parse};
use crate::event::ids::text_impls::text_id;

/// The id of a conversation: the spec's `conversationId`.
///
/// Generated ids are random UUIDs. They are unique but not secret. Do not use an id as a
/// credential, because the random numbers are not cryptographically secure.
///
/// ```
/// use copilot_track::ConversationId;
///
/// assert_eq!(ConversationId::new("1238041hdou")?.as_str(), "1238041hdou");
/// assert!(ConversationId::new("").is_err());
/// # Ok::<(), copilot_track::ParseIdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConversationId(Arc<str>);

impl ConversationId {
    /// Parses a conversation id.
    ///
    /// # Errors
    /// Returns [`ParseIdError`] if the id is blank or has more than
    /// [`MAX_ID_CHARS`](crate::MAX_ID_CHARS) characters.
    pub fn new(id: impl AsRef<str>) -> Result<Self, ParseIdError> {
        let id = id.as_ref();
        parse("conversation id", id)?;
        Ok(Self(id.into()))
    }

    pub(crate) fn from_uuid(id: Uuid) -> Self {
        let mut text = [0; 36];
        Self(Arc::from(&*id.hyphenated().encode_lower(&mut text)))
    }

    /// Returns the id as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_id!(ConversationId);
