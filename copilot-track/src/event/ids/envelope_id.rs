//! The id of an API call.

use std::fmt;

use uuid::Uuid;

use crate::event::ids::conversation_id::ConversationId;

/// The top-level `messageId` of the tracking API. It identifies an API call and does not change
/// when the call is retried.
///
/// Segment drops a call if any Segment customer has sent a call with the same id in the last 24
/// hours. The id is therefore always a UUID that this library generates, except for messages that
/// an application sends with its own id through [`Tracker::send`](crate::Tracker::send).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EnvelopeId(Uuid);

impl EnvelopeId {
    pub(crate) fn from_uuid(id: Uuid) -> Self {
        Self(id)
    }

    /// Returns the id of an event that can occur only once per conversation. If `event` contains a
    /// number, the event can occur once for each value of that number. The id is the same in every
    /// process, but different for each write key.
    pub(crate) fn derived(write_key: &str, event: &str, conversation: &ConversationId) -> Self {
        // The lengths distinguish ("ab", "c") from ("a", "bc").
        let name = format!(
            "{}:{write_key}{}:{event}{conversation}",
            write_key.len(),
            event.len()
        );
        Self(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
    }

    /// Writes the 36 characters of the id to `buffer` and returns them.
    pub(crate) fn encode(self, buffer: &mut [u8; 36]) -> &str {
        self.0.hyphenated().encode_lower(buffer)
    }
}

impl fmt::Display for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// A random constant. If it changed, Segment could receive Conversation Started and Conversation
/// Ended twice for conversations in progress.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_2a84_93c7_4b0e_a5d8_71e2_40bb_c913);
