//! Messages, users, and settings that several processes share.

use std::sync::Arc;

use crate::conversation::conversation::Conversation;
use crate::conversations::conversations::Conversations;
use crate::conversations::store_tests::{flush, new_test, replica, replicas, user};
use crate::event::ids::conversation_id::ConversationId;
use crate::event::spec::MessageSent;
use crate::event::track_event::TrackEvent as _;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::store::outbox::Outbox;
use crate::store::outboxes::Outboxes;
use crate::store::stored_conversation::StoredConversation;
use crate::testing::{MemoryStore, store_conformance};

#[tokio::test]
async fn the_store_in_memory_is_correct() {
    store_conformance::check(&MemoryStore::new()).await;
}

#[tokio::test]
async fn a_user_is_checked_before_a_conversation_is_opened() {
    let (test, store) = (new_test(), MemoryStore::new());
    let [first, second] = replicas(&test, &store);
    let open = async |replica: &Conversations, stranger: &str| {
        let stranger = User::known(stranger).unwrap();
        let opened = replica.open_with("c-1", |owner| match owner {
            Some(owner) if owner.user_id() != stranger.user_id() => None,
            _ => Some(stranger),
        });
        opened.await.unwrap()
    };
    assert!(
        open(&first, "123").await.is_some(),
        "the conversation is new"
    );
    flush(&test);
    // The first replica knows the conversation, and the second one reads it from the store.
    for replica in [&first, &second] {
        assert!(open(replica, "456").await.is_none());
    }
    assert!(second.get("c-1").is_none());
    assert_eq!(open(&second, "123").await.unwrap().user(), user());
    test.assert_silent();
    assert!(first.open_with("", |_| Some(user())).await.is_err());
}

#[tokio::test]
async fn replicas_count_the_messages_together() {
    let (test, store) = (new_test(), MemoryStore::new());
    let replicas = replicas(&test, &store);
    for number in 0..6 {
        let conversation = replicas[number % 2].open("c-1", user()).await.unwrap();
        conversation.turn("question").message_received("answer");
    }
    for replica in &replicas {
        assert!(replica.end("c-1"));
    }
    let ended = test.event("Conversation Ended");
    ended.assert_property("message_count", 12);
    let started = test.events_named("Conversation Started");
    let id = |event: &crate::testing::CapturedEvent| event.json()["messageId"].clone();
    assert!(started.iter().all(|event| id(event) == id(&started[0])));

    let conversation = replicas[0].open("c-1", user()).await.unwrap();
    assert!(conversation.is_ended());
    assert_eq!(conversation.message_count(), 12);
    conversation.message_sent("One more question");
    conversation.end();
    let ended = test.events_named("Conversation Ended");
    assert_eq!(ended.len(), 2);
    ended[1].assert_property("message_count", 13);
    assert_ne!(id(&ended[0]), id(&ended[1]));
    assert_eq!(
        test.events_named("Conversation Started").len(),
        started.len()
    );
}

#[tokio::test]
async fn a_message_that_is_retried_on_another_replica_counts_once() {
    let (test, store) = (new_test(), MemoryStore::new());
    let replicas = replicas(&test, &store);
    // Neither replica knows the message of the other one.
    let first = replicas[0].open("c-1", user()).await.unwrap();
    let second = replicas[1].open("c-1", user()).await.unwrap();
    let message = || MessageSent::new("Hello").message_id("m-1");
    first.track(message());
    second.track(message());
    flush(&test);
    let sent = test.events_named("Message Sent");
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].json()["messageId"], sent[1].json()["messageId"]);
    // A third one knows it from the store.
    let third = replica(&test, &store).build();
    let conversation = third.open("c-1", user()).await.unwrap();
    conversation.track(message());
    assert_eq!(test.ledger().repeated_messages, 1);
    conversation.end();
    test.event("Conversation Ended")
        .assert_property("message_count", 1);
}

#[tokio::test]
async fn a_login_is_identified_once_in_all_replicas() {
    let (test, store) = (new_test(), MemoryStore::new());
    let replicas = replicas(&test, &store);
    let visitor = User::anonymous("visitor").unwrap();
    let customer = User::both("123", "visitor").unwrap();
    for replica in &replicas {
        replica.open("c-1", visitor.clone()).await.unwrap();
        flush(&test);
    }
    // Both replicas see the login before either has written it.
    for replica in &replicas {
        replica.open("c-1", customer.clone()).await.unwrap();
    }
    flush(&test);
    for replica in &replicas {
        let conversation = replica.open("c-1", visitor.clone()).await.unwrap();
        assert_eq!(conversation.user(), customer);
    }
    let third = replica(&test, &store).build();
    third.open("c-1", customer).await.unwrap();
    let ids: std::collections::HashSet<_> = test
        .events()
        .iter()
        .filter(|event| event.json()["type"] == "identify")
        .map(|event| event.json()["messageId"].to_string())
        .collect();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn settings_reach_the_other_replicas() {
    let (test, store) = (new_test(), MemoryStore::new());
    let replicas = replicas(&test, &store);
    let conversations = [
        replicas[0].open("c-1", user()).await.unwrap(),
        replicas[1].open("c-1", user()).await.unwrap(),
    ];
    let (granted, revoked) = (
        Consent::new().category("Analytics", true),
        Consent::new().category("Analytics", false),
    );
    conversations[0].set_consent(granted);
    flush(&test);
    // The replica's own change is newer than the one in the store.
    store.set_losing_answers(true);
    conversations[1].set_consent(revoked.clone());
    conversations[1].message_sent("one");
    store.set_losing_answers(false);
    replicas[1].open("c-1", user()).await.unwrap();
    conversations[1].message_sent("two");
    flush(&test);
    replicas[0].open("c-1", user()).await.unwrap();
    conversations[0].message_sent("three");
    for event in test.events_named("Message Sent") {
        let sent = &event.json()["context"]["consent"];
        assert_eq!(*sent, serde_json::to_value(&revoked).unwrap());
    }
}

#[test]
fn messages_that_are_being_written_count_once() {
    let test = new_test();
    let outboxes = Outboxes::new(test.tracker().clone());
    let id = ConversationId::new("c-1").unwrap();
    let outbox = Outbox::new(id.clone(), Arc::clone(&outboxes));
    let conversation = Conversation::registered(test.tracker(), id, user(), Some(outbox));
    conversation.message_sent("Hello");
    // The message is written while the store is read.
    let before = conversation.outbox().unwrap().snapshot();
    outboxes.take(1).unwrap().saved();
    let mut stored = StoredConversation {
        messages_sent: 1,
        ..StoredConversation::default()
    };
    conversation.adopt(&stored, Some(&before));
    assert_eq!(conversation.message_count(), 1);
    // The message is being written, and the store does not contain it.
    conversation.message_sent("Hello?");
    let batch = outboxes.take(1).unwrap();
    (stored.ends, stored.messages_at_end) = (1, 1);
    conversation.adopt(&stored, None);
    assert!(!conversation.is_ended());
    batch.saved();
    (stored.messages_sent, stored.messages_at_end) = (2, 2);
    conversation.adopt(&stored, None);
    assert!(conversation.is_ended());
    outboxes.close([]);
}

#[test]
fn unsaved_messages_count_in_addition_to_those_of_other_processes() {
    let test = new_test();
    let outboxes = Outboxes::new(test.tracker().clone());
    let id = ConversationId::new("c-1").unwrap();
    let outbox = Outbox::new(id.clone(), Arc::clone(&outboxes));
    let conversation = Conversation::registered(test.tracker(), id, user(), Some(outbox));
    let turn = conversation.turn("question");
    turn.message_received("answer");
    turn.message_received("another answer");
    let stored = StoredConversation {
        messages_sent: 50,
        messages_received: 70,
        ..StoredConversation::default()
    };
    conversation.adopt(&stored, None);
    assert_eq!(conversation.message_count(), 123);
    // A store can contain wrong numbers.
    let wrong = StoredConversation {
        messages_sent: u64::MAX,
        messages_received: u64::MAX,
        ..StoredConversation::default()
    };
    conversation.adopt(&wrong, None);
    assert_eq!(conversation.message_count(), u64::MAX);
    outboxes.close([]);
}
