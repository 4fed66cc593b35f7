//! The value of the `conversation` argument.

use std::sync::Arc;

use crate::conversation::conversation::Conversation;
use crate::conversation::current;
use crate::conversation::scope::Scope;
use crate::conversation::turn::Turn;
use crate::tracking::call_site::{CURRENT, TargetConversation};

/// A value for the `conversation` argument: a [`Conversation`], a [`Turn`], a reference to one, or
/// an `Option` of any of these.
///
/// `None` selects the current conversation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a conversation",
    label = "expected a `Conversation` or a `Turn`",
    note = "use a `Conversation`, a `Turn`, a reference to one, or an `Option` of these; `tracker.resume(state)` creates a \
            conversation from its state"
)]
pub trait AsConversation: sealed::Sealed {
    /// Returns the scope of the conversation or turn.
    #[doc(hidden)]
    fn target(&self) -> TargetConversation;
}

impl AsConversation for Conversation {
    fn target(&self) -> TargetConversation {
        let current = current::get().filter(|scope| scope.core().id() == self.id());
        TargetConversation::scope(current.unwrap_or_else(|| Scope::for_conversation(self.core())))
    }
}

impl AsConversation for Turn {
    fn target(&self) -> TargetConversation {
        // Inside a reply of the same turn, the scope of the reply is used, because the reply has
        // its own message id.
        let current = current::get().filter(|scope| {
            let sent = scope.sent_message();
            sent.is_some_and(|sent| sent == self.message_id())
        });
        TargetConversation::scope(current.unwrap_or_else(|| Arc::clone(self.scope())))
    }
}

impl<T: AsConversation + ?Sized> AsConversation for &T {
    fn target(&self) -> TargetConversation {
        (**self).target()
    }
}

impl<T: AsConversation + ?Sized> AsConversation for Arc<T> {
    fn target(&self) -> TargetConversation {
        (**self).target()
    }
}

impl<T: AsConversation> AsConversation for Option<T> {
    fn target(&self) -> TargetConversation {
        self.as_ref().map_or(CURRENT, AsConversation::target)
    }
}

/// A supertrait that only this crate implements.
mod sealed {
    use std::sync::Arc;

    use crate::conversation::conversation::Conversation;
    use crate::conversation::turn::Turn;

    pub trait Sealed {}
    impl Sealed for Conversation {}
    impl Sealed for Turn {}
    impl<T: Sealed + ?Sized> Sealed for &T {}
    impl<T: Sealed + ?Sized> Sealed for Arc<T> {}
    impl<T: Sealed> Sealed for Option<T> {}
}
