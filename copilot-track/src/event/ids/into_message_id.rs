//! Values that identify the message of an event.

use crate::event::ids::message_id::MessageId;
use crate::event::ids::parse::ParseIdError;

/// A value that identifies the message of an event: a [`MessageId`], a reference to one, a string,
/// or an `Option` of any of these.
///
/// Implement this trait for your own id type to pass ids of that type instead of a [`MessageId`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message id",
    label = "expected a `MessageId`, a `&MessageId`, a string, or an `Option` of one",
    note = "create an id with `MessageId::new(\"…\")?`, or use `MessageId::current()` or `turn.reply_id()`"
)]
pub trait IntoMessageId {
    /// Converts the value to an id. `None` selects the current message.
    ///
    /// # Errors
    /// Returns [`ParseIdError`] if the value is a string that is not a valid id.
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
