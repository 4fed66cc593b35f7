//! Updates that were dropped, and are written later without their messages.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::conversations::store_reader::StoreRead;
use crate::conversations::store_tests::watched_store::WatchedStore;
use crate::conversations::store_tests::{caller, new_test, shared, user};
use crate::conversations::update_writer::{UpdateWriter, Written};
use crate::event::context::event_context::Context;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::message_id::MessageId;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;
use crate::store::conversation_store::ConversationStore as _;
use crate::store::conversation_update::ConversationUpdate;
use crate::store::outbox::Outbox;
use crate::store::outboxes::{OutboxBatch, Outboxes};
use crate::store::store_error::StoreError;
use crate::testing::TestTracker;

fn id() -> ConversationId {
    ConversationId::new("c-1").unwrap()
}

fn consent(granted: bool) -> Consent {
    Consent::new().category("Analytics", granted)
}

fn context() -> Context {
    Context::new().locale("de-DE")
}

fn refused_updates(test: &TestTracker) -> u64 {
    test.tracker().ledger().refused_updates
}

/// Takes the only update.
fn take(outboxes: &Arc<Outboxes>) -> (OutboxBatch, ConversationUpdate) {
    let batch = outboxes.take(10).unwrap();
    let [update] = batch.updates() else {
        panic!("{:?}", batch.updates());
    };
    let update = update.clone();
    (batch, update)
}

/// Refuses the only update until it is dropped.
async fn drop_update(outboxes: &Arc<Outboxes>) {
    while let Some(batch) = outboxes.take(10) {
        batch.refused(&StoreError::new("refused"));
        tokio::time::advance(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_consent_replaces_no_newer_one() {
    let (test, store) = (new_test(), WatchedStore::default());
    store.watch.names_refused.store(true, Ordering::Relaxed);
    let outboxes = Outboxes::new(test.tracker().clone());
    let shared = shared(&test, &outboxes, |_, _| {});
    let mut writer = UpdateWriter::new(Arc::clone(&outboxes), caller(&test, &store));
    let conversation = shared.open(id(), &user(), StoreRead::default());
    assert_eq!(writer.write().await, Written::All);
    store.refuse("c-1");
    conversation.set_consent(consent(true));
    conversation.set_content(Content::Masked);
    while refused_updates(&test) == 0 {
        assert_eq!(writer.write().await, Written::Some);
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    store.refuse("none");
    // The customer revokes the consent on another replica.
    let mut newer = ConversationUpdate::new(id(), "newer");
    newer.consent = Some(consent(false));
    store.apply(&[newer]).await.unwrap();
    conversation.message_sent("Hello");
    assert_eq!(writer.write().await, Written::All);
    let stored = store.load(&id()).await.unwrap().unwrap();
    assert_eq!(stored.consent, Some(consent(false)));
    // Nobody else has changed the content policy.
    assert_eq!(stored.content, Some(Content::Masked));
    assert_eq!(stored.message_count(), 1);
    assert_eq!(outboxes.waiting_messages(), 0);
    outboxes.close([]);
}

#[tokio::test(start_paused = true)]
async fn a_newer_change_removes_a_dropped_one() {
    let test = new_test();
    let outboxes = Outboxes::new(test.tracker().clone());
    let outbox = Outbox::new(id(), Arc::clone(&outboxes));
    outbox.change(|update| update.context = Some(context()));
    drop_update(&outboxes).await;
    outbox.change(|update| update.consent = Some(consent(true)));
    drop_update(&outboxes).await;
    assert_eq!(refused_updates(&test), 2);
    outbox.change(|update| update.consent = Some(consent(false)));
    assert_eq!(outbox.unsaved().unwrap().consent, Some(consent(false)));
    let (batch, update) = take(&outboxes);
    assert_eq!(
        (update.consent, update.context),
        (Some(consent(false)), None)
    );
    assert_eq!(update.late_since, None);
    batch.saved();
    let (batch, late) = take(&outboxes);
    assert_eq!((late.consent, late.context), (None, Some(context())));
    assert!(late.late_since.is_some());
    batch.saved();
    assert!(outboxes.take(10).is_none());
    assert!(outbox.unsaved().is_none());
    outboxes.close([]);
}

#[tokio::test(start_paused = true)]
async fn dropped_updates_with_different_changes_keep_their_times() {
    let test = new_test();
    let outboxes = Outboxes::new(test.tracker().clone());
    let outbox = Outbox::new(id(), Arc::clone(&outboxes));
    outbox.change(|update| {
        update.context = Some(context());
        update.consent = Some(consent(true));
    });
    drop_update(&outboxes).await;
    outbox.change(|update| update.consent = Some(consent(false)));
    drop_update(&outboxes).await;
    assert_eq!(outbox.unsaved().unwrap().consent, Some(consent(false)));
    outbox.change(|_| {});
    take(&outboxes).0.saved();
    let mut late = Vec::new();
    for _ in 0..2 {
        let (batch, update) = take(&outboxes);
        batch.saved();
        late.push((update.late_since, update.consent, update.context));
    }
    late.sort_by_key(|(since, ..)| *since);
    let [(first, None, older), (second, newer, None)] = &late[..] else {
        panic!("{late:?}");
    };
    assert!(first < second);
    assert_eq!(older.as_ref(), Some(&context()));
    assert_eq!(newer.as_ref(), Some(&consent(false)));
    assert!(outboxes.take(10).is_none());
    outboxes.close([]);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_update_that_is_refused_again_delays_no_message() {
    let test = new_test();
    let outboxes = Outboxes::new(test.tracker().clone());
    let outbox = Outbox::new(id(), Arc::clone(&outboxes));
    outbox.change(|update| update.context = Some(context()));
    drop_update(&outboxes).await;
    for number in 0..3 {
        let message = MessageId::new(number.to_string()).unwrap();
        outbox.add_unreferenced(&message, true);
        let (batch, update) = take(&outboxes);
        assert_eq!(update.messages.len(), 1);
        batch.saved();
        let (batch, late) = take(&outboxes);
        assert_eq!(late.context, Some(context()));
        batch.refused(&StoreError::new("refused"));
        assert!(outboxes.take(10).is_none(), "until the next change");
        assert!(!outbox.is_unsettled());
    }
    let ledger = test.tracker().ledger();
    assert_eq!((ledger.refused_updates, ledger.unsaved_changes), (1, 1));
    // The change is still counted once if nothing is written any more.
    outbox.change(|_| {});
    take(&outboxes).0.saved();
    let (late, _) = take(&outboxes);
    outboxes.close([late]);
    let ledger = test.tracker().ledger();
    assert_eq!((ledger.unsaved_messages, ledger.unsaved_changes), (0, 1));
}
