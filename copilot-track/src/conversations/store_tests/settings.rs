//! Users and settings that change while a conversation is read from the store.

use std::sync::{Arc, Barrier};
use std::thread;

use crate::conversation::conversation::Conversation;
use crate::conversations::shared::Shared;
use crate::conversations::store_reader::StoreRead;
use crate::conversations::store_tests::{new_test, shared};
use crate::event::context::event_context::Context;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;
use crate::store::outboxes::Outboxes;
use crate::store::stored_conversation::StoredConversation;
use crate::testing::TestTracker;

fn id() -> ConversationId {
    ConversationId::new("c-1").unwrap()
}

fn known(id: &str) -> User {
    User::known(id).unwrap()
}

/// A replica whose changes are not written, and a conversation.
struct Replica {
    test: TestTracker,
    outboxes: Arc<Outboxes>,
    shared: Arc<Shared>,
    conversation: Conversation,
}

impl Replica {
    fn start() -> Self {
        Self::start_with(&known("old"))
    }

    fn start_with(user: &User) -> Self {
        let test = new_test();
        let outboxes = Outboxes::new(test.tracker().clone());
        let shared = shared(&test, &outboxes, |_, _| {});
        let conversation = shared.open(id(), user, &StoreRead::default());
        let replica = Self {
            test,
            outboxes,
            shared,
            conversation,
        };
        replica.write();
        replica
    }

    /// Records that all changes were written.
    fn write(&self) {
        self.outboxes.take(10).unwrap().saved();
    }

    /// Starts to read the conversation. The store answers with `stored`.
    fn read(&self, stored: StoredConversation) -> StoreRead {
        StoreRead {
            before: self.shared.unsaved(&id()),
            stored: Some(stored),
        }
    }

    fn stored_user(user: &str) -> StoredConversation {
        StoredConversation {
            user: Some(known(user)),
            ..StoredConversation::default()
        }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.outboxes.close([]);
    }
}

#[test]
fn the_owner_is_the_user_that_the_conversation_has_when_it_is_opened() {
    let replica = Replica::start();
    replica.conversation.identify(&known("new"));
    // The change was not written when the store was read.
    let read = replica.read(Replica::stored_user("old"));
    let owner = replica.shared.user_of(&id(), &read);
    assert_eq!(owner, Some(known("new")));
    let opened = replica
        .shared
        .open_of(owner.as_ref(), id(), &known("new"), &read);
    assert_eq!(opened.unwrap().user(), known("new"));
    // Another process has identified another user since then.
    replica.write();
    let read = replica.read(Replica::stored_user("newest"));
    let owner = replica.shared.user_of(&id(), &read);
    assert_eq!(owner, Some(known("newest")));
    // The process does not know a conversation.
    let other = ConversationId::new("c-2").unwrap();
    let read = StoreRead {
        stored: Some(Replica::stored_user("old")),
        before: None,
    };
    assert_eq!(replica.shared.user_of(&other, &read), Some(known("old")));
    let read = StoreRead::default();
    assert_eq!(replica.shared.user_of(&other, &read), None);
}

#[test]
fn a_read_replaces_nothing_that_was_written_after_it() {
    let replica = Replica::start();
    let conversation = &replica.conversation;
    let read = replica.read(StoredConversation {
        user: Some(known("old")),
        latest_message_id: Some(MessageId::new("m-0").unwrap()),
        content: Some(Content::Full),
        consent: Some(Consent::new().category("Analytics", true)),
        context: Some(Context::new().locale("fr-FR")),
        ..StoredConversation::default()
    });
    let revoked = Consent::new().category("Analytics", false);
    conversation.identify(&known("new"));
    conversation.set_content(Content::Masked);
    conversation.set_consent(revoked.clone());
    conversation.set_context(Context::new().locale("de-DE"));
    let latest = conversation.message_sent("Hello");
    replica.write();
    replica.shared.open(id(), &known("new"), &read);
    let state = conversation.state();
    assert_eq!(state.user, known("new"));
    assert_eq!(state.content, Content::Masked);
    assert_eq!(state.consent, Some(revoked));
    assert_eq!(state.context, Some(Context::new().locale("de-DE")));
    assert_eq!(state.latest_message_id, Some(latest));
}

#[test]
fn a_write_during_a_read_discards_no_other_setting_that_was_read() {
    let replica = Replica::start();
    let conversation = &replica.conversation;
    let revoked = Consent::new().category("Analytics", false);
    let own = Context::new().locale("de-DE");
    conversation.set_context(own.clone());
    // Another replica has written all settings.
    let read = replica.read(StoredConversation {
        user: Some(known("newest")),
        latest_message_id: Some(MessageId::new("m-0").unwrap()),
        content: Some(Content::Masked),
        consent: Some(revoked.clone()),
        context: Some(Context::new().locale("fr-FR")),
        ..StoredConversation::default()
    });
    replica.write();
    let owner = replica.shared.user_of(&id(), &read);
    assert_eq!(owner, Some(known("newest")));
    let state = conversation.state();
    assert_eq!(state.content, Content::Masked);
    assert_eq!(state.consent, Some(revoked));
    assert_eq!(state.context, Some(own));
    let latest = state.latest_message_id;
    assert_eq!(latest, Some(MessageId::new("m-0").unwrap()));
}

#[test]
fn a_visitor_does_not_replace_a_user_who_logged_in_on_another_replica() {
    let visitor = User::anonymous("device").unwrap();
    let replica = Replica::start_with(&visitor);
    let conversation = &replica.conversation;
    conversation.set_context(Context::new().locale("de-DE"));
    let read = replica.read(Replica::stored_user("2"));
    replica.write();
    let owner = replica.shared.user_of(&id(), &read).unwrap();
    assert!(owner.is_also(&known("2")), "{owner:?}");
}

#[test]
fn a_user_who_is_identified_during_a_read_is_kept() {
    for number in 0..500 {
        let replica = Replica::start();
        let conversation = &replica.conversation;
        let read = replica.read(StoredConversation {
            started: true,
            ..Replica::stored_user("old")
        });
        let barrier = Barrier::new(3);
        thread::scope(|scope| {
            scope.spawn(|| {
                barrier.wait();
                conversation.identify(&known("new"));
            });
            // The first message can start the conversation, which also changes the outbox.
            scope.spawn(|| {
                barrier.wait();
                conversation.message_sent("Hello");
            });
            scope.spawn(|| {
                barrier.wait();
                read.adopt_into(conversation);
            });
        });
        assert_eq!(conversation.user(), known("new"), "attempt {number}");
        let unsaved = conversation.outbox().unwrap().unsaved();
        assert_eq!(unsaved.unwrap().user, Some(known("new")));
    }
}

#[test]
fn the_user_cannot_change_between_the_check_and_the_login() {
    let replica = Replica::start();
    let visitor = User::anonymous("device").unwrap();
    let local = replica.test.tracker().conversation(visitor.clone());
    let other = ConversationId::new("c-2").unwrap();
    let shared = replica.shared.open(other, &visitor, &StoreRead::default());
    for conversation in [local, shared] {
        let is_visitor = |current: &User| *current == visitor;
        let log_in_second = || conversation.log_in(&known("2"), is_visitor);
        thread::scope(|scope| {
            let mut second = None;
            let first = conversation.log_in(&known("1"), |current| {
                let other = scope.spawn(log_in_second);
                // The other thread gets time, but it must wait until this check has ended.
                for _ in 0..1_000 {
                    if other.is_finished() {
                        break;
                    }
                    thread::yield_now();
                }
                second = Some(other);
                is_visitor(current)
            });
            let second = second.unwrap().join().unwrap();
            assert_eq!((first, second), (true, false));
        });
        let user = visitor.clone().and_known("1").unwrap();
        assert_eq!(conversation.user(), user);
    }
}
