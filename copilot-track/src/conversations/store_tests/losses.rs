//! Changes that the store does not get, and how they are counted.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use crate::conversations::conversations::Conversations;
use crate::conversations::store_reader::StoreRead;
use crate::conversations::store_tests::warning_counter::WarningCounter;
use crate::conversations::store_tests::watched_store::WatchedStore;
use crate::conversations::store_tests::{
    builder, caller, new_test, replica, shared, user, wait_until,
};
use crate::conversations::update_writer::{UpdateWriter, Written};
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::privacy::consent::Consent;
use crate::store::conversation_store::ConversationStore as _;
use crate::store::outbox::Outbox;
use crate::store::outboxes::Outboxes;
use crate::store::store_error::StoreError;
use crate::testing::{MemoryStore, TestTracker};

fn outbox(outboxes: &Arc<Outboxes>, number: usize) -> Arc<Outbox> {
    let id = ConversationId::new(format!("c-{number}")).unwrap();
    Outbox::new(id, Arc::clone(outboxes))
}

fn add_message(outbox: &Arc<Outbox>, id: &str) {
    outbox.add_unreferenced(&MessageId::new(id).unwrap(), true);
}

fn revoked() -> Consent {
    Consent::new().category("Analytics", false)
}

/// Returns the numbers of unsaved messages and of unsaved changes.
fn unsaved(test: &TestTracker) -> (u64, u64) {
    let ledger = test.tracker().ledger();
    (ledger.unsaved_messages, ledger.unsaved_changes)
}

#[test]
fn changes_of_too_many_conversations_are_counted() {
    let test = new_test();
    let outboxes = Outboxes::with_max_changed(test.tracker().clone(), 2);
    let all: Vec<_> = (0..4).map(|number| outbox(&outboxes, number)).collect();
    for outbox in &all {
        add_message(outbox, "m-1");
    }
    assert_eq!(unsaved(&test), (2, 0));
    all[3].change(|update| update.started = true);
    assert_eq!(unsaved(&test), (2, 1));
    // Changes of conversations that wait to be written need no more room.
    all[0].change(|update| update.user = Some(user()));
    assert_eq!(unsaved(&test), (2, 1));
    outboxes.close([]);
    assert_eq!(unsaved(&test), (4, 2));
}

#[test]
fn a_consent_is_kept_if_too_many_conversations_have_changes() {
    let test = new_test();
    let outboxes = Outboxes::with_max_changed(test.tracker().clone(), 1);
    let all: Vec<_> = (0..3).map(|number| outbox(&outboxes, number)).collect();
    for outbox in &all {
        outbox.change(|update| update.consent = Some(revoked()));
    }
    // There is room for one more consent, but not for two.
    assert_eq!(unsaved(&test), (0, 1));
    let written = outboxes.take(10).unwrap();
    assert_eq!(written.len(), 2);
    for update in written.updates() {
        assert_eq!(update.consent, Some(revoked()));
    }
    written.saved();
    // The lost consent still applies in this process, and is written after the next update.
    assert_eq!(all[2].unsaved().unwrap().consent, Some(revoked()));
    assert_eq!(outboxes.changed_count(), 0);
    add_message(&all[2], "m-1");
    let next = outboxes.take(10).unwrap();
    assert_eq!(next.updates()[0].messages.len(), 1);
    assert_eq!(next.updates()[0].late_since, None);
    assert!(next.saved());
    let late = outboxes.take(10).unwrap();
    assert_eq!(late.updates()[0].consent, Some(revoked()));
    assert!(late.updates()[0].late_since.is_some());
    assert!(!late.saved());
    assert!(all[2].unsaved().is_none());
    outboxes.close([]);
    assert_eq!(unsaved(&test), (0, 1));
}

#[test]
fn closing_counts_each_change_once() {
    let test = new_test();
    let outboxes = Outboxes::new(test.tracker().clone());
    let [written, in_flight, failed, waiting] =
        [0, 1, 2, 3].map(|number| outbox(&outboxes, number));
    add_message(&written, "m-1");
    outboxes.take(10).unwrap().saved();
    add_message(&failed, "m-1");
    outboxes.take(10).unwrap().put_back();
    add_message(&failed, "m-2");
    add_message(&in_flight, "m-1");
    in_flight.change(|update| update.started = true);
    // The update that failed is written first, and its outbox stays in the list.
    let first = outboxes.take(1).unwrap();
    first.put_back();
    let batch = outboxes.take(1).unwrap();
    assert_eq!(batch.updates()[0].conversation_id, *in_flight.id());
    add_message(&in_flight, "m-2");
    add_message(&waiting, "m-1");
    outboxes.close([batch]);
    assert_eq!(unsaved(&test), (5, 1));
    // Nothing is written any more.
    add_message(&in_flight, "m-3");
    waiting.change(|update| update.consent = Some(revoked()));
    assert_eq!(unsaved(&test), (6, 2));
}

#[tokio::test(start_paused = true)]
async fn an_update_that_is_always_refused_blocks_no_other() {
    for names_refused in [false, true] {
        let (test, store) = (new_test(), WatchedStore::default());
        store
            .watch
            .names_refused
            .store(names_refused, Ordering::Relaxed);
        let outboxes = Outboxes::new(test.tracker().clone());
        let shared = shared(&test, &outboxes, |_, _| {});
        let caller = caller(&test, &store);
        let mut writer = UpdateWriter::new(Arc::clone(&outboxes), caller.clone());
        store.refuse("c-3");
        let id = |number: usize| ConversationId::new(format!("c-{number}")).unwrap();
        let open: Vec<_> = (0..10)
            .map(|number| shared.open(id(number), &user(), &StoreRead::default()))
            .collect();
        for conversation in &open {
            conversation.message_sent("Hello");
        }
        // A part of a cluster can fail for some seconds, so the number of refusals is not enough.
        for second in 0..=60 {
            assert_eq!(test.tracker().ledger().refused_updates, 0, "{second} s");
            // Changes of the other conversations show that the store works.
            open[0].message_received("Hello");
            assert_eq!(writer.write().await, Written::Some);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let ledger = test.tracker().ledger();
        assert_eq!((ledger.refused_updates, ledger.unsaved_messages), (1, 1));
        assert_eq!(ledger.unsaved_changes, 1, "the user");
        assert_eq!(writer.write().await, Written::All);
        for number in (0..10).filter(|number| *number != 3) {
            let stored = store.load(&id(number)).await.unwrap().unwrap();
            assert_eq!(stored.message_count(), open[number].message_count());
        }
        // The store does not count as down.
        caller.read(&id(0)).await.unwrap();
        assert_eq!(test.tracker().ledger().opens_without_store, 0);
        // The next update contains the user.
        store.refuse("none");
        open[3].message_sent("Hello?");
        assert_eq!(writer.write().await, Written::All);
        let stored = store.load(&id(3)).await.unwrap().unwrap();
        assert_eq!((stored.message_count(), stored.user), (1, Some(user())));
        assert_eq!(outboxes.waiting_messages(), 0);
        outboxes.close([]);
        assert_eq!(test.tracker().ledger().refused_updates, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn many_attempts_in_one_flush_interval_are_one_refusal() {
    let test = new_test();
    let outboxes = Outboxes::new(test.tracker().clone());
    let outbox = outbox(&outboxes, 1);
    add_message(&outbox, "m-1");
    let refuse = || {
        let batch = outboxes.take(1).unwrap();
        batch.refused(&StoreError::new("refused"));
    };
    refuse();
    tokio::time::advance(Duration::from_secs(60)).await;
    for _ in 0..10 {
        refuse();
    }
    assert_eq!(test.tracker().ledger().refused_updates, 0);
    for _ in 0..3 {
        tokio::time::advance(Duration::from_millis(10)).await;
        refuse();
    }
    assert_eq!(test.tracker().ledger().refused_updates, 1);
    outboxes.close([]);
}

#[tokio::test(start_paused = true)]
async fn writes_that_time_out_end_a_pass() {
    let (test, store) = (new_test(), WatchedStore::default());
    store.watch.updates.hold();
    let outboxes = Outboxes::new(test.tracker().clone());
    let mut writer = UpdateWriter::new(Arc::clone(&outboxes), caller(&test, &store));
    let all: Vec<_> = (0..10).map(|number| outbox(&outboxes, number)).collect();
    for outbox in &all {
        add_message(outbox, "m-1");
    }
    let start = Instant::now();
    assert_eq!(writer.write().await, Written::Some);
    assert!(start.elapsed() < Duration::from_secs(11));
    store.watch.updates.release();
    assert_eq!(writer.write().await, Written::All);
    assert_eq!(outboxes.waiting_messages(), 0);
    outboxes.close([]);
}

#[tokio::test]
async fn a_store_that_refuses_all_updates_is_logged_once() {
    let (test, store) = (new_test(), WatchedStore::default());
    store.watch.refuses_all.store(true, Ordering::Relaxed);
    let outboxes = Outboxes::new(test.tracker().clone());
    let mut writer = UpdateWriter::new(Arc::clone(&outboxes), caller(&test, &store));
    let all: Vec<_> = (0..1_000).map(|number| outbox(&outboxes, number)).collect();
    for outbox in &all {
        add_message(outbox, "m-1");
    }
    let warnings = WarningCounter::start();
    for _ in 0..2 {
        assert_eq!(writer.write().await, Written::Some);
        assert_eq!(warnings.count(), 1);
    }
    outboxes.close([]);
}

#[tokio::test]
async fn a_store_that_writes_some_updates_is_up() {
    let (test, store) = (new_test(), WatchedStore::default());
    store.watch.names_refused.store(true, Ordering::Relaxed);
    store.refuse("c-1");
    let outboxes = Outboxes::new(test.tracker().clone());
    let caller = caller(&test, &store);
    let mut writer = UpdateWriter::new(Arc::clone(&outboxes), caller.clone());
    caller.report(&StoreError::new("the store is down"));
    let all: Vec<_> = (0..2).map(|number| outbox(&outboxes, number)).collect();
    for outbox in &all {
        add_message(outbox, "m-1");
    }
    assert_eq!(writer.write().await, Written::Some);
    assert!(caller.read(all[0].id()).await.is_some());
    outboxes.close([]);
}

#[tokio::test]
async fn a_single_update_that_is_refused_is_kept() {
    let (test, store) = (new_test(), WatchedStore::default());
    let conversations = Conversations::builder(test.tracker())
        .store(store.clone())
        .build();
    store.refuse("c-1");
    let conversation = conversations.open("c-1", user()).await.unwrap();
    conversation.message_sent("Hello");
    // Without another update, it is unknown whether the store refuses all updates.
    wait_until(|| test.tracker().ledger().store_errors > 20);
    assert_eq!(test.tracker().ledger().refused_updates, 0);
    store.refuse("none");
    conversations.end("c-1");
    wait_until(|| !test.events_named("Conversation Ended").is_empty());
    test.event("Conversation Ended")
        .assert_property("message_count", 1);
    assert_eq!(unsaved(&test), (0, 0));
}

#[tokio::test]
async fn the_last_changes_are_written_although_the_drop_timeout_has_no_end() {
    let settings = builder()
        .flush_interval(Duration::from_secs(60))
        .drop_timeout(Duration::MAX);
    let (test, store) = (TestTracker::with(settings).unwrap(), MemoryStore::new());
    let conversations = replica(&test, &store).build();
    let conversation = conversations.open("c-1", user()).await.unwrap();
    conversation.message_sent("Hello");
    drop((conversation, conversations));
    let id = ConversationId::new("c-1").unwrap();
    let stored = store.load(&id).await.unwrap().unwrap();
    assert_eq!(stored.messages_sent, 1);
    assert_eq!(unsaved(&test), (0, 0));
}
