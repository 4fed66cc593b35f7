//! The text of a reply.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// What `#[tracked_reply]` takes a message's text from: the returned value, or each item of a
/// stream.
///
/// Text of every kind is one; an `Err` and a `None` say nothing. Implement it for a reply type of
/// your own, or write `body = |reply| …` where that is not wanted:
///
/// ```
/// use std::borrow::Cow;
/// use copilot_track::{MessageBody, tracked_reply};
///
/// struct Answer { text: String, sources: Vec<String> }
///
/// impl MessageBody for Answer {
///     fn message_body(&self) -> Option<Cow<'_, str>> {
///         Some(Cow::Borrowed(&self.text))
///     }
/// }
///
/// #[tracked_reply]
/// fn answer() -> Answer {
///     Answer { text: "Yes, 3 are left.".into(), sources: vec![] }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a text that can be sent as the message",
    label = "not a message's text",
    note = "say what the text is: `#[tracked_reply(body = |reply| …)]`, or implement `MessageBody` for `{Self}`",
    note = "if the function returns a stream under another name, write `#[tracked_reply(stream)]`; for a boxed future, \
            `#[tracked_reply(future)]`"
)]
pub trait MessageBody {
    /// The text, or `None` if nothing is said.
    fn message_body(&self) -> Option<Cow<'_, str>>;
}

impl MessageBody for str {
    fn message_body(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl MessageBody for String {
    fn message_body(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl MessageBody for Cow<'_, str> {
    fn message_body(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

macro_rules! pointers {
    ($($pointer:ty)*) => {$(
        impl<T: MessageBody + ?Sized> MessageBody for $pointer {
            fn message_body(&self) -> Option<Cow<'_, str>> {
                (**self).message_body()
            }
        }
    )*};
}

pointers!(&T &mut T Box<T> Rc<T> Arc<T>);

impl<T: MessageBody> MessageBody for Option<T> {
    fn message_body(&self) -> Option<Cow<'_, str>> {
        self.as_ref()?.message_body()
    }
}

impl<T: MessageBody, E> MessageBody for Result<T, E> {
    fn message_body(&self) -> Option<Cow<'_, str>> {
        self.as_ref().ok()?.message_body()
    }
}
