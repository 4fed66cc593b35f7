//! Ends of conversations that several processes share.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc::unbounded_channel;

use crate::conversations::conversations::Conversations;
use crate::conversations::end_reason::EndReason;
use crate::conversations::idle_search::IdleSearch;
use crate::conversations::shared::IdleEnd;
use crate::conversations::store_reader::{StoreCaller, StoreRead};
use crate::conversations::store_tests::watched_store::WatchedStore;
use crate::conversations::store_tests::{
    TIMEOUT, builder, flush, new_test, replica, shared, user, wait_until,
};
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::store::conversation_store::{ClaimedConversation, ConversationStore as _, EndClaim};
use crate::store::conversation_update::{ConversationUpdate, CountedMessage};
use crate::store::outboxes::Outboxes;
use crate::store::stored_conversation::StoredConversation;
use crate::testing::{MemoryStore, TestTracker};

#[tokio::test]
async fn an_end_waits_for_the_claim_of_another_process() {
    let (test, store) = (new_test(), MemoryStore::new());
    let replica = replica(&test, &store).build();
    let conversation = replica.open("c-1", user()).await.unwrap();
    conversation.message_sent("one");
    flush(&test);
    let id = ConversationId::new("c-1").unwrap();
    let claim = store.claim_end(&id, "other", TIMEOUT).await;
    assert_eq!(claim.unwrap(), Some(EndClaim::new(1, 1)));

    conversation.message_sent("two");
    assert!(replica.end("c-1"));
    wait_until(|| test.tracker().ledger().store_errors > 0);
    store.confirm_end(&id, 1).await.unwrap();
    test.event("Conversation Ended")
        .assert_property("message_count", 2);
    assert_eq!(test.tracker().ledger().uncounted_ends, 0);
}

#[tokio::test]
async fn a_repeated_end_is_sent_once() {
    for is_down in [false, true] {
        let (test, store) = (new_test(), MemoryStore::new());
        let (ended, wait) = channel();
        let conversations = replica(&test, &store)
            .on_end(move |_, reason| ended.send(reason).unwrap())
            .build();
        let conversation = conversations.open("c-1", user()).await.unwrap();
        conversation.message_sent("Hello");
        store.set_down(is_down);
        for _ in 0..3 {
            conversations.end("c-1");
        }
        let empty = conversations.open("c-2", user()).await.unwrap();
        empty.end();
        drop((conversation, empty, conversations));
        assert_eq!(wait.iter().count(), 1, "the store is down: {is_down}");
        assert_eq!(test.events_named("Conversation Ended").len(), 1);
        assert_eq!(test.ledger().uncounted_ends, u64::from(is_down));
    }
}

#[tokio::test]
async fn an_end_waits_for_the_confirmation_of_the_previous_one() {
    let (test, store) = (new_test(), MemoryStore::new());
    let conversations = replica(&test, &store).build();
    let conversation = conversations.open("c-1", user()).await.unwrap();
    for count in 1..=3 {
        conversation.message_sent("Hello");
        conversation.end();
        wait_until(|| test.events_named("Conversation Ended").len() == count);
        // The same end is neither repeated nor taken for the next one.
        conversation.end();
    }
    drop((conversation, conversations));
    let ended = test.events_named("Conversation Ended");
    assert_eq!(ended.len(), 3);
    for (event, count) in ended.iter().zip(1..) {
        event.assert_property("message_count", count);
    }
}

#[tokio::test]
async fn an_end_includes_messages_of_others_while_the_previous_one_is_unconfirmed() {
    let store = WatchedStore::default();
    store.watch.confirmations.hold();
    let tests = [new_test(), new_test()];
    let [first, second] = [0, 1].map(|number: usize| {
        Conversations::builder(tests[number].tracker())
            .store(store.clone())
            .build()
    });
    let conversation = first.open("c-1", user()).await.unwrap();
    conversation.message_sent("Hello");
    conversation.end();
    wait_until(|| !tests[0].events_named("Conversation Ended").is_empty());
    let other = second.open("c-1", user()).await.unwrap();
    other.message_sent("Hello?");
    flush(&tests[1]);
    // The first replica does not know the message of the second one.
    let claims = store.claims();
    conversation.end();
    wait_until(|| store.claims() > claims);
    // An end without new messages is not sent.
    conversation.end();
    store.watch.confirmations.release();
    wait_until(|| tests[0].events_named("Conversation Ended").len() > 1);
    conversation.end();
    drop((conversation, first, other, second));
    let ended = tests[0].events_named("Conversation Ended");
    assert_eq!(ended.len(), 2);
    for (event, count) in ended.iter().zip(1..) {
        event.assert_property("message_count", count);
    }
    assert_eq!(tests[0].ledger().uncounted_ends, 0);
    assert!(tests[1].events_named("Conversation Ended").is_empty());
}

#[tokio::test]
async fn the_end_of_a_conversation_without_a_user_becomes_final() {
    let (test, store) = (new_test(), MemoryStore::new());
    let outboxes = Outboxes::new(test.tracker().clone());
    let id = ConversationId::new("c-1").unwrap();
    let mut update = ConversationUpdate::new(id.clone(), "update");
    let message = MessageId::new("m-1").unwrap();
    update.messages.push(CountedMessage::new(message, true));
    store.apply(&[update]).await.unwrap();
    let (sent, mut confirmed) = unbounded_channel();
    let search = IdleSearch {
        shared: shared(&test, &outboxes, |_, _| {}),
        caller: StoreCaller::new(Arc::new(store), Handle::current(), test.tracker().clone()),
        token: "token".to_owned(),
        sent,
    };
    // At first, another process may know the user.
    for attempt in 1..=3 {
        assert!(confirmed.try_recv().is_err());
        let claim = EndClaim::new(1, 1).attempt(attempt);
        let claimed = ClaimedConversation::new(id.clone(), claim);
        search.end(claimed).await;
    }
    assert_eq!(confirmed.try_recv(), Ok((id, 1)));
    assert_eq!(test.ledger().ends_without_user, 1);
    test.assert_silent();
    outboxes.close([]);
}

#[tokio::test]
async fn one_replica_ends_an_idle_conversation() {
    let (test, store) = (new_test(), MemoryStore::new());
    let (ended, wait) = channel();
    let replicas = [(); 2].map(|()| {
        let ended = ended.clone();
        replica(&test, &store)
            .end_after_idle(Duration::from_millis(30))
            .ended_by(true)
            .on_end(move |_, reason| ended.send(reason).unwrap())
            .build()
    });
    drop(ended);
    let conversation = replicas[0].open("c-1", user()).await.unwrap();
    conversation.message_sent("Hello");
    assert_eq!(wait.recv_timeout(TIMEOUT), Ok(EndReason::Idle));
    // A late message continues the conversation.
    let conversation = replicas[1].open("c-1", user()).await.unwrap();
    conversation.message_sent("Hello?");
    assert_eq!(wait.recv_timeout(TIMEOUT), Ok(EndReason::Idle));
    drop(conversation);
    drop(replicas);
    assert!(wait.recv_timeout(TIMEOUT).is_err(), "nothing else ends");
    let ended = test.events_named("Conversation Ended");
    assert_eq!(ended.len(), 2);
    for (event, count) in ended.iter().zip(1..) {
        event
            .assert_property("message_count", count)
            .assert_property("ended_by", "idle");
    }
}

#[test]
fn a_claimed_end_needs_a_user() {
    let test = new_test();
    let outboxes = Outboxes::new(test.tracker().clone());
    let shared = shared(&test, &outboxes, |_, _| {});
    let id = ConversationId::new("c-1").unwrap();
    let stored = StoredConversation {
        messages_sent: 1,
        ..StoredConversation::default()
    };
    let claim = EndClaim::new(1, 1);
    assert_eq!(
        shared.end_claimed(id.clone(), claim, &stored, None),
        IdleEnd::WithoutUser
    );
    test.assert_silent();
    let conversation = shared.open(id.clone(), &user(), &StoreRead::default());
    assert_eq!(
        shared.end_claimed(id, claim, &stored, None),
        IdleEnd::Settled
    );
    test.event("Conversation Ended")
        .assert_property("message_count", 1);
    drop(conversation);
    outboxes.close([]);
}

#[test]
fn sampling_drops_a_claimed_end() {
    let test = TestTracker::with(builder().sample_conversations(0.0)).unwrap();
    let outboxes = Outboxes::new(test.tracker().clone());
    let (ended, wait) = channel();
    let shared = shared(&test, &outboxes, move |_, reason| {
        ended.send(reason).unwrap();
    });
    let id = ConversationId::new("c-1").unwrap();
    let stored = StoredConversation {
        user: Some(user()),
        ..StoredConversation::default()
    };
    assert_eq!(
        shared.end_claimed(id, EndClaim::new(1, 1), &stored, None),
        IdleEnd::Settled
    );
    test.assert_silent();
    assert_eq!(test.ledger().sampled_out, 1);
    assert!(wait.try_recv().is_err(), "no end");
    outboxes.close([]);
}
