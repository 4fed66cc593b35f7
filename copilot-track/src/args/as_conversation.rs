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
        let current = current::get().filter(|scope| scope.core().is(self.core()));
        TargetConversation::scope(current.unwrap_or_else(|| Scope::for_conversation(self.core())))
    }
}

impl AsConversation for Turn {
    fn target(&self) -> TargetConversation {
        // Inside a reply of the same turn, the scope of the reply is used, because the reply has
        // its own message id.
        let current = current::get().filter(|scope| {
            // An application can give messages of two conversations the same id.
            scope.core().is(self.scope().core()) && scope.sent_message() == Some(self.message_id())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::scope::ReplyStart;
    use crate::event::ids::conversation_id::ConversationId;
    use crate::event::spec::MessageSent;
    use crate::event::track_event::TrackEvent as _;
    use crate::event::user::User;
    use crate::testing::TestTracker;

    /// Returns the scope that an annotated function with this argument uses.
    fn scope_of(value: &impl AsConversation) -> Arc<Scope> {
        value.target().find().unwrap()
    }

    #[test]
    fn the_current_scope_is_used_only_for_the_same_turn_of_the_same_tracker() {
        let open = |test: &TestTracker, id| {
            let user = User::known("123").unwrap();
            let id = ConversationId::new(id).unwrap();
            test.tracker().conversation_with_id(id, user)
        };
        let (test, other_test) = (TestTracker::new(), TestTracker::new());
        let conversations = ["c-1", "c-2"].map(|id| open(&test, id));
        let other = open(&other_test, "c-1");
        // The application numbers the messages of each conversation.
        let turn_in = |conversation: &Conversation| {
            conversation.turn_with(MessageSent::new("Hello").message_id("1"))
        };
        let [turn, second] = conversations.each_ref().map(turn_in);
        let other_turn = turn_in(&other);

        let reply = turn.scope().reply(None, ReplyStart::Running);
        let _entered = current::enter(Arc::clone(&reply));
        assert!(Arc::ptr_eq(&scope_of(&turn), &reply));
        assert!(Arc::ptr_eq(&scope_of(&conversations[0]), &reply));
        for unrelated in [&second, &other_turn] {
            assert!(Arc::ptr_eq(&scope_of(unrelated), unrelated.scope()));
            let conversation = unrelated.conversation();
            let core = Arc::clone(scope_of(conversation).core());
            assert!(Arc::ptr_eq(&core, conversation.core()));
        }
    }
}
