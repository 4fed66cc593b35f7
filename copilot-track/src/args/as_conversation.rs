//! The conversation that an attribute names.

use std::sync::Arc;

use crate::conversation::current as scope;
use crate::conversation::handle::Conversation;
use crate::conversation::scope::Frame;
use crate::conversation::turn::Turn;
use crate::tracking::call_site::{AMBIENT, Chosen};

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
