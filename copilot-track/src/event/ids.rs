//! The ids of conversations, chat messages and API calls. They are three types, so that they cannot
//! be confused.
//!
//! [`ConversationId`] and [`MessageId`] are ids of the spec and part of an event's `properties`.
//! [`EnvelopeId`] is the top-level `messageId` of the tracking API: it identifies the call. Segment
//! drops a call if it has seen the same id before, from any of its customers. The id of a chat
//! message in this place would lose events, so no other id can be converted to an [`EnvelopeId`].

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The maximum number of characters of an id. Segment rejects longer ids.
pub const MAX_ID_CHARS: usize = 100;

/// The error returned for a text that is not a valid id.
///
/// `Debug` prints the same message as `Display`, because it is what Rust prints if `main` returns
/// the error.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseIdError {
    /// The id is empty or only white space.
    #[error("the {what} is empty")]
    Empty {
        /// The kind of id, for example `conversation id`.
        what: &'static str,
    },
    /// The id has more than [`MAX_ID_CHARS`] characters.
    #[error(
        "the {what} has {chars} characters, but Segment accepts at most {MAX_ID_CHARS}: use a shorter id or a hash"
    )]
    TooLong {
        /// The kind of id, for example `conversation id`.
        what: &'static str,
        /// The number of characters.
        chars: usize,
    },
}

impl fmt::Debug for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParseIdError: {self}")
    }
}

/// Checks that an id is not blank and has at most [`MAX_ID_CHARS`] characters.
pub(crate) fn parse(what: &'static str, text: &str) -> Result<(), ParseIdError> {
    if text.trim().is_empty() {
        return Err(ParseIdError::Empty { what });
    }
    // A text of at most 100 bytes has at most 100 characters, which avoids counting in most cases.
    if text.len() > MAX_ID_CHARS {
        let chars = text.chars().count();
        if chars > MAX_ID_CHARS {
            return Err(ParseIdError::TooLong { what, chars });
        }
    }
    Ok(())
}

/// The id of a conversation: the spec's `conversationId`.
///
/// Generated ids are random UUIDs. They are unique, not secret: the random numbers are not
/// cryptographically secure, so do not use an id as a credential.
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
    /// Returns [`ParseIdError`] if the text is blank or has more than [`MAX_ID_CHARS`] characters.
    pub fn new(id: impl AsRef<str>) -> Result<Self, ParseIdError> {
        let id = id.as_ref();
        parse("conversation id", id)?;
        Ok(Self(id.into()))
    }

    pub(crate) fn from_uuid(id: Uuid) -> Self {
        let mut text = [0; 36];
        Self(Arc::from(&*id.hyphenated().encode_lower(&mut text)))
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of a chat message: the spec's `messageId`, in an event's `properties`.
///
/// Generated ids are random UUIDs. They are unique, not secret: the random numbers are not
/// cryptographically secure, so do not use an id as a credential.
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
    /// Returns [`ParseIdError`] if the text is blank or has more than [`MAX_ID_CHARS`] characters.
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

    /// Returns the id as text.
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
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            // Different ids usually differ in the first bytes, which are compared in one step.
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

macro_rules! text_id {
    ($type:ident) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($type))
                    .field(&self.as_str())
                    .finish()
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $type {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $type {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl std::str::FromStr for $type {
            type Err = ParseIdError;
            fn from_str(id: &str) -> Result<Self, ParseIdError> {
                Self::new(id)
            }
        }

        impl TryFrom<&str> for $type {
            type Error = ParseIdError;
            fn try_from(id: &str) -> Result<Self, ParseIdError> {
                Self::new(id)
            }
        }

        impl TryFrom<String> for $type {
            type Error = ParseIdError;
            fn try_from(id: String) -> Result<Self, ParseIdError> {
                Self::new(id)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let id = String::deserialize(deserializer)?;
                Self::new(id).map_err(serde::de::Error::custom)
            }
        }
    };
}

text_id!(ConversationId);
text_id!(MessageId);

/// The top-level `messageId` of the tracking API. It identifies a call and does not change in
/// retries.
///
/// Segment drops calls whose id it has seen in at least the last 24 hours, from any of its
/// customers. The id is therefore always a UUID of this library, except for messages that an
/// application sends with its own id through [`Tracker::send`](crate::Tracker::send).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EnvelopeId(Uuid);

impl EnvelopeId {
    pub(crate) fn from_uuid(id: Uuid) -> Self {
        Self(id)
    }

    /// Returns the id of an event that occurs once per conversation. It is the same in every
    /// process, and different for each write key.
    pub(crate) fn derived(write_key: &str, event: &str, conversation: &ConversationId) -> Self {
        // The lengths distinguish ("ab", "c") from ("a", "bc").
        let name = format!(
            "{}:{write_key}{}:{event}{conversation}",
            write_key.len(),
            event.len()
        );
        Self(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
    }

    /// Writes the 36 characters of the id.
    pub(crate) fn encode(self, buffer: &mut [u8; 36]) -> &str {
        self.0.hyphenated().encode_lower(buffer)
    }
}

impl fmt::Display for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// A random constant. If it changed, Conversation Started would be sent again for running
/// conversations.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_2a84_93c7_4b0e_a5d8_71e2_40bb_c913);

/// A value that identifies the message of an event: a [`MessageId`], a reference to one, a text, or
/// an `Option` of these.
///
/// Implement it for your own id type to pass that type in place of a [`MessageId`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message id",
    label = "expected a `MessageId`, a `&MessageId`, a text, or an `Option` of one",
    note = "create an id with `MessageId::new(\"…\")?`, or use `MessageId::current()` or `turn.reply_id()`"
)]
pub trait IntoMessageId {
    /// Converts the value to an id. `None` selects the ambient message.
    ///
    /// # Errors
    /// Returns [`ParseIdError`] if a text is not a valid id.
    fn into_message_id(self) -> Result<Option<MessageId>, ParseIdError>;
}

impl IntoMessageId for MessageId {
    fn into_message_id(self) -> Result<Option<MessageId>, ParseIdError> {
        Ok(Some(self))
    }
}

impl IntoMessageId for &MessageId {
    fn into_message_id(self) -> Result<Option<MessageId>, ParseIdError> {
        Ok(Some(self.clone()))
    }
}

impl IntoMessageId for &str {
    fn into_message_id(self) -> Result<Option<MessageId>, ParseIdError> {
        MessageId::new(self).map(Some)
    }
}

impl IntoMessageId for String {
    fn into_message_id(self) -> Result<Option<MessageId>, ParseIdError> {
        MessageId::new(self).map(Some)
    }
}

impl IntoMessageId for &String {
    fn into_message_id(self) -> Result<Option<MessageId>, ParseIdError> {
        MessageId::new(self).map(Some)
    }
}

impl<T: IntoMessageId> IntoMessageId for Option<T> {
    fn into_message_id(self) -> Result<Option<MessageId>, ParseIdError> {
        self.map_or(Ok(None), T::into_message_id)
    }
}

impl<'a, T> IntoMessageId for &'a Option<T>
where
    &'a T: IntoMessageId,
{
    fn into_message_id(self) -> Result<Option<MessageId>, ParseIdError> {
        self.as_ref()
            .map_or(Ok(None), IntoMessageId::into_message_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::spec::ConversationStarted;

    #[test]
    fn ids_are_parsed() {
        assert_eq!(
            MessageId::new("  "),
            Err(ParseIdError::Empty { what: "message id" })
        );
        let long = "ü".repeat(101);
        assert_eq!(
            ConversationId::new(&long),
            Err(ParseIdError::TooLong {
                what: "conversation id",
                chars: 101
            })
        );
        assert!(ConversationId::new("ü".repeat(100)).is_ok());
    }

    #[test]
    fn a_generated_id_equals_the_same_text() {
        let id = MessageId::from_uuid(crate::util::random::uuid(0));
        assert_eq!(id.as_str().len(), 36);
        assert_eq!(MessageId::new(id.as_str()), Ok(id.clone()));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<MessageId>(&json).unwrap(), id);
        assert!(serde_json::from_str::<MessageId>("\"\"").is_err());
    }

    #[test]
    fn derived_envelope_ids_depend_on_key_event_and_conversation() {
        let id = |key, event, conversation: &str| {
            EnvelopeId::derived(key, event, &ConversationId::new(conversation).unwrap())
        };
        let one = id("key", ConversationStarted::NAME, "c");
        assert_eq!(one, id("key", ConversationStarted::NAME, "c"));
        assert_ne!(one, id("other", "Conversation Started", "c"));
        assert_ne!(one, id("key", "Conversation Ended", "c"));
        assert_ne!(one, id("key", "Conversation Started", "d"));
        assert_ne!(id("ab", "c", "d"), id("a", "bc", "d"));
    }
}
