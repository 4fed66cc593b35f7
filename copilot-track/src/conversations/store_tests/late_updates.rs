//! Updates that were dropped, and are written later without their messages.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::conversation::conversation::Conversation;
use crate::conversations::shared::Shared;
use crate::conversations::store_reader::StoreRead;
use crate::conversations::store_tests::warning_counter::WarningCounter;
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
use crate::store::stored_conversation::StoredConversation;
use crate::testing::TestTracker;

fn id() -> ConversationId {
    ConversationId::new("c-1").unwrap()
}

fn other_id() -> ConversationId {
    ConversationId::new("c-2").unwrap()
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

/// A replica that writes to a store, and one of its conversations.
struct Replica {
    test: TestTracker,
    store: WatchedStore,
    outboxes: Arc<Outboxes>,
    shared: Arc<Shared>,
    writer: UpdateWriter,
    conversation: Conversation,
}

impl Replica {
    /// Opens and writes the conversation. `names_refused` is whether the errors of the store name
    /// the updates that it refuses.
    async fn start(names_refused: bool) -> Self {
        let (test, store) = (new_test(), WatchedStore::default());
        let named = &store.watch.names_refused;
        named.store(names_refused, Ordering::Relaxed);
        let outboxes = Outboxes::new(test.tracker().clone());
        let shared = shared(&test, &outboxes, |_, _| {});
        let writer = UpdateWriter::new(Arc::clone(&outboxes), caller(&test, &store));
        let conversation = shared.open(id(), &user(), &StoreRead::default());
        let mut replica = Self {
            test,
            store,
            outboxes,
            shared,
            writer,
            conversation,
        };
        assert_eq!(replica.writer.write().await, Written::All);
        replica
    }

    /// Makes the store refuse the changes of the conversation until they are dropped.
    async fn drop_changes(&mut self) {
        self.store.refuse("c-1");
        while refused_updates(&self.test) == 0 {
            // Changes of another conversation show that the store works.
            self.shared.open(other_id(), &user(), &StoreRead::default());
            assert_eq!(self.writer.write().await, Written::Some);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        self.store.refuse("none");
    }

    async fn stored(&self) -> StoredConversation {
        self.store.load(&id()).await.unwrap().unwrap()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.outboxes.close([]);
    }
}

/// An outbox without a conversation.
struct Changes {
    test: TestTracker,
    outboxes: Arc<Outboxes>,
    outbox: Arc<Outbox>,
}

impl Changes {
    fn new() -> Self {
        let test = new_test();
        let outboxes = Outboxes::new(test.tracker().clone());
        let outbox = Outbox::new(id(), Arc::clone(&outboxes));
        Self {
            test,
            outboxes,
            outbox,
        }
    }

    /// Takes the only update.
    fn take(&self) -> (OutboxBatch, ConversationUpdate) {
        let batch = self.outboxes.take(10).unwrap();
        let [update] = batch.updates() else {
            panic!("{:?}", batch.updates());
        };
        let update = update.clone();
        (batch, update)
    }

    /// Changes the conversation, and refuses the update until it is dropped.
    async fn drop_change(&self, change: impl FnOnce(&mut ConversationUpdate)) {
        self.outbox.change(change);
        while let Some(batch) = self.outboxes.take(10) {
            batch.refused(&StoreError::new("refused"));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
    }

    fn assert_empty(&self) {
        assert!(self.outboxes.take(10).is_none());
        assert!(self.outbox.unsaved().is_none());
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        self.outboxes.close([]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_consent_replaces_no_newer_one() {
    let mut replica = Replica::start(true).await;
    replica.conversation.set_consent(consent(true));
    replica.conversation.set_content(Content::Masked);
    replica.drop_changes().await;
    // The customer revokes the consent on another replica.
    let mut newer = ConversationUpdate::new(id(), "newer");
    newer.consent = Some(consent(false));
    replica.store.apply(&[newer]).await.unwrap();
    replica.conversation.message_sent("Hello");
    assert_eq!(replica.writer.write().await, Written::All);
    let stored = replica.stored().await;
    assert_eq!(stored.consent, Some(consent(false)));
    // Nobody else has changed the content policy.
    assert_eq!(stored.content, Some(Content::Masked));
    assert_eq!(stored.message_count(), 1);
    assert_eq!(replica.outboxes.waiting_messages(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_update_that_is_always_refused_is_given_up() {
    for names_refused in [true, false] {
        let mut replica = Replica::start(names_refused).await;
        replica.conversation.set_consent(consent(false));
        replica.drop_changes().await;
        let watch = Arc::clone(&replica.store.watch);
        watch.refuses_late.store(true, Ordering::Relaxed);
        let errors = replica.test.tracker().ledger().store_errors;
        let warnings = WarningCounter::start();
        for number in 1..=2_000 {
            replica.conversation.message_sent("Hello");
            replica.writer.write().await;
            assert_eq!(replica.stored().await.message_count(), number);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let ledger = replica.test.tracker().ledger();
        assert_eq!(ledger.store_errors - errors, 5);
        assert_eq!(warnings.count(), 1);
        assert_eq!((ledger.refused_updates, ledger.unsaved_changes), (1, 1));
        // This replica still applies the consent.
        let outbox = replica.conversation.outbox().unwrap();
        assert_eq!(outbox.unsaved().unwrap().consent, Some(consent(false)));
        // A newer consent is written.
        replica.conversation.set_consent(consent(true));
        assert_eq!(replica.writer.write().await, Written::All);
        assert_eq!(replica.stored().await.consent, Some(consent(true)));
        assert!(outbox.unsaved().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_update_waits_for_a_store_that_is_down() {
    let mut replica = Replica::start(true).await;
    replica.conversation.set_consent(consent(false));
    replica.drop_changes().await;
    replica.conversation.message_sent("Hello");
    replica.outboxes.take(10).unwrap().saved();
    for _ in 0..100 {
        let late = replica.outboxes.take(10).unwrap();
        assert!(late.updates()[0].late_since.is_some());
        late.put_back();
    }
    assert_eq!(replica.writer.write().await, Written::All);
    assert_eq!(replica.stored().await.consent, Some(consent(false)));
}

#[tokio::test(start_paused = true)]
async fn a_newer_change_removes_a_dropped_one() {
    let changes = Changes::new();
    changes
        .drop_change(|update| update.context = Some(context()))
        .await;
    changes
        .drop_change(|update| update.consent = Some(consent(true)))
        .await;
    assert_eq!(refused_updates(&changes.test), 2);
    let outbox = &changes.outbox;
    outbox.change(|update| update.consent = Some(consent(false)));
    assert_eq!(outbox.unsaved().unwrap().consent, Some(consent(false)));
    let (batch, update) = changes.take();
    assert_eq!(
        (update.consent, update.context),
        (Some(consent(false)), None)
    );
    assert_eq!(update.late_since, None);
    batch.saved();
    let (batch, late) = changes.take();
    assert_eq!((late.consent, late.context), (None, Some(context())));
    assert!(late.late_since.is_some());
    batch.saved();
    changes.assert_empty();
}

#[tokio::test(start_paused = true)]
async fn dropped_updates_with_different_changes_keep_their_times() {
    let changes = Changes::new();
    let with_both = |update: &mut ConversationUpdate| {
        update.context = Some(context());
        update.consent = Some(consent(true));
    };
    changes.drop_change(with_both).await;
    changes
        .drop_change(|update| update.consent = Some(consent(false)))
        .await;
    let outbox = &changes.outbox;
    assert_eq!(outbox.unsaved().unwrap().consent, Some(consent(false)));
    outbox.change(|_| {});
    changes.take().0.saved();
    let mut late = Vec::new();
    for _ in 0..2 {
        let (batch, update) = changes.take();
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
    changes.assert_empty();
}

#[tokio::test(start_paused = true)]
async fn a_dropped_update_that_is_refused_blocks_no_other_dropped_one() {
    let changes = Changes::new();
    changes
        .drop_change(|update| update.context = Some(context()))
        .await;
    changes
        .drop_change(|update| update.consent = Some(consent(false)))
        .await;
    let outbox = &changes.outbox;
    let next_late = || {
        outbox.change(|_| {});
        changes.take().0.saved();
        changes.take()
    };
    let (batch, refused) = next_late();
    assert_eq!(refused.consent, Some(consent(false)));
    batch.refused(&StoreError::new("refused"));
    let (batch, other) = next_late();
    assert_eq!((other.consent, other.context), (None, Some(context())));
    batch.saved();
    tokio::time::advance(Duration::from_secs(60)).await;
    let (batch, again) = next_late();
    assert_eq!(again.consent, Some(consent(false)));
    batch.saved();
    changes.assert_empty();
}

#[tokio::test(start_paused = true)]
async fn a_dropped_update_that_is_replaced_is_not_reported_as_given_up() {
    let changes = Changes::new();
    changes
        .drop_change(|update| update.consent = Some(consent(true)))
        .await;
    let outbox = &changes.outbox;
    let warnings = WarningCounter::start();
    for attempt in 1..=5 {
        outbox.change(|_| {});
        changes.take().0.saved();
        let (batch, late) = changes.take();
        assert_eq!(late.consent, Some(consent(true)));
        if attempt == 5 {
            outbox.change(|update| update.consent = Some(consent(false)));
        }
        batch.refused(&StoreError::new("refused"));
        tokio::time::advance(Duration::from_secs(3_600)).await;
    }
    assert_eq!(warnings.count(), 0);
    let (batch, update) = changes.take();
    assert_eq!(update.consent, Some(consent(false)));
    batch.saved();
    changes.assert_empty();
}

#[tokio::test(start_paused = true)]
async fn a_dropped_update_that_is_refused_again_delays_no_message() {
    let changes = Changes::new();
    changes
        .drop_change(|update| update.context = Some(context()))
        .await;
    let (outboxes, outbox) = (&changes.outboxes, &changes.outbox);
    for number in 0..3 {
        let message = MessageId::new(number.to_string()).unwrap();
        outbox.add_unreferenced(&message, true);
        let (batch, update) = changes.take();
        assert_eq!(update.messages.len(), 1);
        batch.saved();
        let (batch, late) = changes.take();
        assert_eq!(late.context, Some(context()));
        batch.refused(&StoreError::new("refused"));
        assert!(outboxes.take(10).is_none(), "until the next change");
        assert!(!outbox.is_unsettled());
        // The next attempt waits for at least one minute.
        outbox.change(|_| {});
        changes.take().0.saved();
        assert!(outboxes.take(10).is_none());
        tokio::time::advance(Duration::from_secs(3_600)).await;
    }
    let ledger = changes.test.tracker().ledger();
    assert_eq!((ledger.refused_updates, ledger.unsaved_changes), (1, 1));
    // The change is still counted once if nothing is written any more.
    outbox.change(|_| {});
    changes.take().0.saved();
    let (late, _) = changes.take();
    outboxes.close([late]);
    let ledger = changes.test.tracker().ledger();
    assert_eq!((ledger.unsaved_messages, ledger.unsaved_changes), (0, 1));
}
