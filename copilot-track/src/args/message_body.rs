//! The text of a message.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// A value that contains the text of a message: the return value of a function with
/// `#[tracked_reply]`, or an item of the stream that such a function returns.
///
/// This trait is implemented for strings, and for `Result` and `Option`. `Err` and `None` have no
/// text. Implement the trait for your own reply type, or select the text with `body = |reply| …`:
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
    message = "`{Self}` has no text that can be sent as the message",
    label = "expected the text of a message",
    note = "select the text of a reply with `body = |reply| …`, or pass a string as the message of the customer; for a type \
            of your crate, you can implement `MessageBody` instead",
    note = "if the function returns an alias of a boxed stream, add the argument `stream` to the attribute; for an alias of a \
            boxed future, add `future`",
    note = "if this type is a response of a web framework, such as `Sse`, `Response`, or `Json`, annotate the function that \
            makes the text or the stream inside the response"
)]
pub trait MessageBody {
    /// Returns the text, or `None` if there is no message.
    fn message_body(&self) -> Option<Cow<'_, str>>;

    /// Returns the name of the error's type if the value is an error.
    #[doc(hidden)]
    fn reply_failure(&self) -> Option<&'static str> {
        None
    }
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

            fn reply_failure(&self) -> Option<&'static str> {
                (**self).reply_failure()
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

    fn reply_failure(&self) -> Option<&'static str> {
        self.is_err().then(std::any::type_name::<E>)
    }
}
