//! The three ids, as three types that cannot be mixed up.
//!
//! [`ConversationId`] and [`MessageId`] are the spec's and stand in an event's `properties`.
//! [`EnvelopeId`] is the tracking API's top-level `messageId`: it identifies the *call*, and
//! Segment drops a second call with the same one, whichever customer of Segment sent the first. A
//! chat message's id in that place makes Segment delete events, so no chat id can become one.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The most characters that an id may have. Segment rejects longer ones.
pub const MAX_ID_CHARS: usize = 100;

/// Why a text cannot be an id.
///
/// `Debug` tells the same as `Display`: it is what `main` prints of an error that it returns.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseIdError {
    /// The text is empty or only white space.
    #[error("the {what} is empty: give the id that your application knows it by")]
    Empty {
        /// Which id it is, e.g. `conversation id`.
        what: &'static str,
    },
    /// The text is over [`MAX_ID_CHARS`] characters long.
    #[error(
        "the {what} has {chars} characters, and Segment takes at most {MAX_ID_CHARS}: send a shorter one or a hash of it"
    )]
    TooLong {
        /// Which id it is, e.g. `conversation id`.
        what: &'static str,
        /// How many characters it has.
        chars: usize,
    },
}

impl fmt::Debug for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParseIdError: {self}")
    }
}

/// Parses an id: not blank, at most [`MAX_ID_CHARS`] characters.
pub(crate) fn parse(what: &'static str, text: &str) -> Result<(), ParseIdError> {
    if text.trim().is_empty() {
        return Err(ParseIdError::Empty { what });
    }
    // A text of at most 100 bytes has at most 100 characters: the common case counts nothing.
    if text.len() > MAX_ID_CHARS {
        let chars = text.chars().count();
        if chars > MAX_ID_CHARS {
            return Err(ParseIdError::TooLong { what, chars });
        }
    }
    Ok(())
}

/// The id of one conversation: the spec's `conversationId`.
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
    /// [`ParseIdError`] when the text is blank or over [`MAX_ID_CHARS`] characters long.
    pub fn new(id: impl AsRef<str>) -> Result<Self, ParseIdError> {
        let id = id.as_ref();
        parse("conversation id", id)?;
        Ok(Self(id.into()))
    }

    pub(crate) fn from_uuid(id: Uuid) -> Self {
        let mut text = [0; 36];
        Self(Arc::from(&*id.hyphenated().encode_lower(&mut text)))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of one chat message: the spec's `messageId`, in an event's `properties`.
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

/// A generated id is a UUID's 36 characters kept in place, so that making one allocates nothing.
#[derive(Clone)]
enum IdText {
    Uuid([u8; 36]),
    Shared(Arc<str>),
}

impl MessageId {
    /// Parses a message id.
    ///
    /// # Errors
    /// [`ParseIdError`] when the text is blank or over [`MAX_ID_CHARS`] characters long.
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

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // Hexadecimal digits and hyphens only, so the fallback is never taken.
            IdText::Uuid(text) => std::str::from_utf8(text).unwrap_or_default(),
            IdText::Shared(text) => text,
        }
    }
}

impl PartialEq for MessageId {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            // Two that differ mostly do so in the beginning, which is compared in one step.
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

/// The tracking API's top-level `messageId`: the identity of one call, kept through every retry.
///
/// Given when the event happens. Segment drops calls whose id it has seen in the last 24 hours or
/// more, across all of its customers, so this is always a UUID of the library's own, but for what a
/// message brings along through [`Tracker::send`](crate::Tracker::send).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EnvelopeId(Uuid);

impl EnvelopeId {
    pub(crate) fn from_uuid(id: Uuid) -> Self {
        Self(id)
    }

    /// The id of an event of which a conversation has only one: the same in every process, and
    /// another for every write key.
    pub(crate) fn derived(write_key: &str, event: &str, conversation: &ConversationId) -> Self {
        // Lengths keep ("ab", "c") and ("a", "bc") apart.
        let name = format!(
            "{}:{write_key}{}:{event}{conversation}",
            write_key.len(),
            event.len()
        );
        Self(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
    }

    /// The 36 characters of the id.
    pub(crate) fn encode(self, buffer: &mut [u8; 36]) -> &str {
        self.0.hyphenated().encode_lower(buffer)
    }
}

impl fmt::Display for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// Drawn once at random; changing it would make every restart send Conversation Started anew.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_2a84_93c7_4b0e_a5d8_71e2_40bb_c913);

/// What can name the message that an event belongs to: a [`MessageId`], one by reference, an
/// `Option` of either, or text that is parsed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message id",
    label = "expected a `MessageId`, a `&MessageId`, an `Option` of one, or text",
    note = "make one with `MessageId::new(\"…\")?`, or take it from `MessageId::current()` or `turn.reply_id()`"
)]
pub trait IntoMessageId {
    /// The id, or `None` to leave the choice to the surrounding turn.
    ///
    /// # Errors
    /// [`ParseIdError`] when a text is not an id.
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
