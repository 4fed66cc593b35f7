//! The id of a chat message.

use std::sync::Arc;

use uuid::Uuid;

use crate::event::ids::parse::{ParseIdError, parse};
use crate::event::ids::text_impls::text_id;

/// The id of a chat message: the spec's `messageId`, in an event's `properties`.
///
/// Generated ids are random UUIDs. They are unique but not secret. Do not use an id as a
/// credential, because the random numbers are not cryptographically secure.
///
/// ```
/// use copilot_track::MessageId;
///
/// assert_eq!(MessageId::new("msg124")?.as_str(), "msg124");
/// assert!(MessageId::new("x".repeat(101)).is_err());
/// # Ok::<(), copilot_track::ParseIdError>(())
/// ```
#[derive(Clone)]
pub struct MessageId(IdText);

/// The text of an id. A generated id is stored inline, so that creating it does not allocate.
#[derive(Clone)]
enum IdText {
    Uuid([u8; 36]),
    Shared(Arc<str>),
}

impl MessageId {
    /// Parses a message id.
    ///
    /// # Errors
    /// Returns [`ParseIdError`] if the id is blank or has more than
    /// [`MAX_ID_CHARS`](crate::MAX_ID_CHARS) characters.
    pub fn new(id: impl AsRef<str>) -> Result<Self, ParseIdError> {
        let id = id.as_ref();
        parse("message id", id)?;
        Ok(Self(IdText::Shared(id.into())))
    }

    pub(crate) fn from_uuid(id: Uuid) -> Self {
        let mut text = [0; 36];
        id.hyphenated().encode_lower(&mut text);
        Self(IdText::Uuid(text))
    }

    /// Returns whether this library generated the id, and the id was not parsed since then.
    pub(crate) fn is_generated(&self) -> bool {
        matches!(&self.0, IdText::Uuid(_))
    }

    /// Returns the bytes of the string.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            IdText::Uuid(text) => text,
            IdText::Shared(text) => text.as_bytes(),
        }
    }

    /// Returns the id as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // The text is ASCII, so the default is never used.
            IdText::Uuid(text) => std::str::from_utf8(text).unwrap_or_default(),
            IdText::Shared(text) => text,
        }
    }
}

impl PartialEq for MessageId {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            // Different ids usually differ in the first eight bytes, which are compared in one
            // step.
            (IdText::Uuid(text), IdText::Uuid(other)) => {
                text.first_chunk::<8>() == other.first_chunk::<8>() && text == other
            }
            _ => self.as_str() == other.as_str(),
        }
    }
}

impl Eq for MessageId {}

impl std::hash::Hash for MessageId {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialOrd for MessageId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for MessageId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

text_id!(MessageId);
