//! The ids of conversations, chat messages, and API calls. Each kind of id has its own type, so
//! that ids cannot be confused.
//!
//! [`ConversationId`](conversation_id::ConversationId) and [`MessageId`](message_id::MessageId) are
//! defined by the spec, and are sent in an event's `properties`.
//! [`EnvelopeId`](envelope_id::EnvelopeId) is the top-level `messageId` of the tracking API, and
//! identifies an API call. Segment drops a call if any Segment customer has already sent a call
//! with the same id. If the id of a chat message were sent as the envelope id, events could be
//! lost. For this reason, no other id can be converted to an envelope id.

pub(crate) mod conversation_id;
pub(crate) mod envelope_id;
pub(crate) mod into_message_id;
pub(crate) mod latest_messages;
pub(crate) mod message_id;
pub(crate) mod parse;
mod recent_messages;
#[cfg(test)]
mod tests;
mod text_impls;
