//! The names of properties with special rules.

/// The property with the conversation's id. Events cannot replace it.
pub(crate) const CONVERSATION_ID: &str = "conversationId";
/// The property with the message's id. Events cannot replace it if a conversation sets it.
pub(crate) const MESSAGE_ID: &str = "messageId";
/// The property with the role.
pub(crate) const ROLE: &str = "role";
/// The property with the text of a message. The content policy always applies to it.
pub(crate) const MESSAGE_BODY: &str = "message_body";

/// Returns whether a property is an id of the spec. Ids are not truncated, because a part of an id
/// is not an id.
pub(crate) fn is_id(name: &str) -> bool {
    name == CONVERSATION_ID || name == MESSAGE_ID
}
