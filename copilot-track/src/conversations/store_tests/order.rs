//! The order of the updates and of the end of one conversation.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;

use crate::conversations::conversations::Conversations;
use crate::conversations::end_claims::EndClaims;
use crate::conversations::idle_search::IdleSearch;
use crate::conversations::shared::IdleEnd;
use crate::conversations::store_reader::StoreRead;
use crate::conversations::store_tests::watched_store::WatchedStore;
use crate::conversations::store_tests::{caller, flush, new_test, shared, user, wait_until};
use crate::conversations::update_writer::{UpdateWriter, Written};
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::privacy::consent::Consent;
use crate::store::conversation_store::{ClaimedConversation, ConversationStore as _, EndClaim};
use crate::store::conversation_update::ConversationUpdate;
use crate::store::numbered_end::NumberedEnd;
use crate::store::outbox::Outbox;
use crate::store::outboxes::Outboxes;
use crate::store::stored_conversation::StoredConversation;
use crate::testing::TestTracker;
use crate::tracker::tracker::Tracker;

fn id() -> ConversationId {
    ConversationId::new("c-1").unwrap()
}

fn consent(granted: bool) -> Consent {
    Consent::new().category("Analytics", granted)
}

/// Polls a future at most this many times, and drops it.
async fn poll_times(future: impl Future, times: usize) {
    let mut future = pin!(future);
    for _ in 0..times {
        let poll = poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
        if poll.await.is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn no_message_is_lost_while_writes_fail_and_are_canceled() {
    let (test, store) = (new_test(), WatchedStore::default());
    store.watch.refuses_all.store(true, Ordering::Relaxed);
    let outboxes = Outboxes::new(test.tracker().clone());
    let mut writer = UpdateWriter::new(Arc::clone(&outboxes), caller(&test, &store));
    let new = |number: usize| {
        let id = ConversationId::new(format!("c-{number}")).unwrap();
        Outbox::new(id, Arc::clone(&outboxes))
    };
    let all: Vec<_> = (0..30).map(new).collect();
    // The future of a write can be dropped at each of its points.
    let rounds = 60;
    for round in 0..rounds {
        for outbox in &all {
            let message = MessageId::new(format!("m-{round}")).unwrap();
            outbox.add_unreferenced(&message, true);
        }
        poll_times(writer.write(), round * 2).await;
    }
    store.watch.refuses_all.store(false, Ordering::Relaxed);
    assert_eq!(writer.write().await, Written::All);
    for outbox in &all {
        let stored = store.load(outbox.id()).await.unwrap().unwrap();
        assert_eq!(stored.message_count(), rounds as u64);
    }
    assert_eq!(outboxes.waiting_messages(), 0);
    assert_eq!(test.tracker().ledger().unsaved_messages, 0);
    outboxes.close([]);
}

#[test]
fn the_updates_of_a_conversation_are_written_one_after_the_other() {
    let test = new_test();
    let outboxes = Outboxes::new(test.tracker().clone());
    let outbox = Outbox::new(id(), Arc::clone(&outboxes));
    let own = || outbox.unsaved().and_then(|unsaved| unsaved.consent);
    outbox.change(|update| update.consent = Some(consent(true)));
    let older = outboxes.take(10).unwrap();
    outbox.change(|update| update.consent = Some(consent(false)));
    assert_eq!(
        outboxes.changed_count(),
        0,
        "the older update is not settled"
    );
    older.put_back();
    for granted in [true, false] {
        let batch = outboxes.take(10).unwrap();
        assert_eq!(batch.updates()[0].consent, Some(consent(granted)));
        assert_eq!(own(), Some(consent(false)));
        batch.saved();
    }
    assert_eq!((own(), outboxes.changed_count()), (None, 0));
    outboxes.close([]);
}

#[tokio::test]
async fn an_end_waits_for_updates_that_are_being_written() {
    let (test, store) = (new_test(), WatchedStore::default());
    let outboxes = Outboxes::new(test.tracker().clone());
    let shared = shared(&test, &outboxes, |_, _| {});
    let (sent, _confirmed) = unbounded_channel();
    let token = "token".to_owned();
    let mut ends = EndClaims::new(Arc::clone(&outboxes), caller(&test, &store), token, sent);
    let conversation = shared.open(id(), &user(), &StoreRead::default());
    conversation.message_sent("Hello");
    conversation.end();
    ends.receive();
    // A pass that ends early leaves changes, and keeps others in its pending batches.
    ends.start(Written::Some, |_| true);
    ends.finish_claims().await;
    let batch = outboxes.take(10).unwrap();
    ends.start(Written::Some, |_| true);
    ends.finish_claims().await;
    assert_eq!(store.claims(), 0);
    store.apply(batch.updates()).await.unwrap();
    batch.saved();
    ends.start(Written::Some, |_| true);
    ends.finish_claims().await;
    test.event("Conversation Ended")
        .assert_property("message_count", 1);
    outboxes.close([]);
}

#[test]
fn an_end_that_the_application_has_sent_is_not_sent_as_idle() {
    let test = new_test();
    let outboxes = Outboxes::new(test.tracker().clone());
    let (ended, wait) = channel();
    let shared = shared(&test, &outboxes, move |_, reason| {
        ended.send(reason).unwrap();
    });
    let conversation = shared.open(id(), &user(), &StoreRead::default());
    conversation.message_sent("Hello");
    conversation.end();
    // The idle search and the application's end get the same claim.
    for job in outboxes.take_ends() {
        job.send(NumberedEnd {
            number: 1,
            message_count: Some(1),
        });
    }
    let stored = StoredConversation {
        messages_sent: 1,
        ..StoredConversation::default()
    };
    let claim = EndClaim::new(1, 1);
    assert_eq!(
        shared.end_claimed(id(), claim, &stored, None),
        IdleEnd::Settled
    );
    assert_eq!(test.events_named("Conversation Ended").len(), 1);
    assert_eq!(wait.try_iter().count(), 0);
    outboxes.close([]);
}

#[tokio::test]
async fn an_idle_search_does_not_replace_a_newer_consent() {
    let (test, store) = (new_test(), WatchedStore::default());
    let mut update = ConversationUpdate::new(id(), "older");
    update.consent = Some(consent(true));
    store.apply(&[update]).await.unwrap();
    store.watch.loads.hold();
    let outboxes = Outboxes::new(test.tracker().clone());
    let shared = shared(&test, &outboxes, |_, _| {});
    let conversation = shared.open(id(), &user(), &StoreRead::default());
    conversation.set_consent(consent(false));
    let (sent, _confirmed) = unbounded_channel();
    let search = IdleSearch {
        shared,
        caller: caller(&test, &store),
        token: "token".to_owned(),
        sent,
    };
    let claimed = ClaimedConversation::new(id(), EndClaim::new(1, 1));
    let end = tokio::spawn(async move { search.end(claimed).await });
    while !store.watch.loads.is_waiting() {
        tokio::task::yield_now().await;
    }
    // The consent is written after the older one has been read.
    outboxes.take(10).unwrap().saved();
    store.watch.loads.release();
    end.await.unwrap();
    conversation.message_sent("Hello");
    let sent = &test.event("Message Sent").json()["context"]["consent"];
    assert_eq!(*sent, serde_json::to_value(consent(false)).unwrap());
    outboxes.close([]);
}

#[tokio::test]
async fn frequent_flushes_do_not_stop_the_search_for_idle_conversations() {
    let tracker = Tracker::builder()
        .write_key("key")
        .flush_interval(Duration::from_secs(60));
    let (test, store) = (TestTracker::with(tracker).unwrap(), WatchedStore::default());
    let conversations = Conversations::builder(test.tracker())
        .store(store)
        .end_after_idle(Duration::from_millis(10))
        .build();
    let conversation = conversations.open("c-1", user()).await.unwrap();
    conversation.message_sent("Hello");
    wait_until(|| {
        flush(&test);
        !test.events_named("Conversation Ended").is_empty()
    });
}
