//! The names of properties with special rules.

/// The property that contains the id of the conversation. Events cannot replace it.
pub(crate) const CONVERSATION_ID: &str = "conversationId";
/// The property that contains the id of the message. Events cannot replace it if a conversation
/// sets it.
pub(crate) const MESSAGE_ID: &str = "messageId";
/// The property that contains the role.
pub(crate) const ROLE: &str = "role";
/// The property that contains the text of a message. The content policy always applies to it.
pub(crate) const MESSAGE_BODY: &str = "message_body";
/// The property with the number of messages in a conversation.
pub(crate) const MESSAGE_COUNT: &str = "message_count";

/// Returns whether a property is one of the spec's ids. Ids are never truncated, because part of an
/// id is not a valid id.
pub(crate) fn is_id(name: &str) -> bool {
    name == CONVERSATION_ID || name == MESSAGE_ID
}
