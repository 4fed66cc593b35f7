//! The ids of conversations, chat messages and API calls. They are three types, so that they cannot
//! be confused.
//!
//! [`ConversationId`](conversation_id::ConversationId) and [`MessageId`](message_id::MessageId) are
//! ids of the spec and part of an event's `properties`. [`EnvelopeId`](envelope_id::EnvelopeId) is
//! the top-level `messageId` of the tracking API: it identifies the call. Segment drops a call if
//! it has seen the same id before, from any of its customers. The id of a chat message in this
//! place would lose events, so no other id can be converted to an envelope id.

pub(crate) mod conversation_id;
pub(crate) mod envelope_id;
pub(crate) mod into_message_id;
pub(crate) mod message_id;
pub(crate) mod parse;
#[cfg(test)]
mod tests;
mod text_impls;
