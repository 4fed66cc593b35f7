//! What a reply says, and which conversation an attribute names.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use crate::conversation::handle::Conversation;
use crate::conversation::scope;
use crate::conversation::scope::Frame;
use crate::conversation::turn::Turn;
use crate::tracking::site::{AMBIENT, Chosen};

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

/// What `conversation = …` takes: a [`Conversation`] or a [`Turn`], by reference too, or an
/// `Option` of one.
///
/// `None` leaves the choice to what is ambient.
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no conversation",
    label = "expected a `Conversation` or a `Turn`",
    note = "give a `Conversation`, a `Turn`, a reference to one, or an `Option` of these; `tracker.resume(state)` makes a \
            conversation from its state"
)]
pub trait AsConversation {
    /// The conversation, and the message of it that is being worked on.
    #[doc(hidden)]
    fn chosen(&self) -> Chosen;
}

impl AsConversation for Conversation {
    fn chosen(&self) -> Chosen {
        let ambient = scope::current().filter(|frame| frame.conversation().id() == self.id());
        Chosen(Some(
            ambient.unwrap_or_else(|| Frame::for_conversation(self)),
        ))
    }
}

impl AsConversation for Turn {
    fn chosen(&self) -> Chosen {
        // Inside a reply of this very turn, the reply's own id counts.
        let ambient = scope::current().filter(|frame| {
            frame
                .exchange()
                .is_some_and(|(sent, _)| sent == self.message_id())
        });
        Chosen(Some(ambient.unwrap_or_else(|| Arc::clone(self.frame()))))
    }
}

impl<T: AsConversation + ?Sized> AsConversation for &T {
    fn chosen(&self) -> Chosen {
        (**self).chosen()
    }
}

impl<T: AsConversation + ?Sized> AsConversation for Arc<T> {
    fn chosen(&self) -> Chosen {
        (**self).chosen()
    }
}

impl<T: AsConversation> AsConversation for Option<T> {
    fn chosen(&self) -> Chosen {
        self.as_ref().map_or(AMBIENT, AsConversation::chosen)
    }
}
