//! The times at which changes are written.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;

use crate::conversation::conversation::Conversation;
use crate::conversations::conversations::Conversations;
use crate::conversations::store_reader::StoreRead;
use crate::conversations::store_tests::watched_store::{Operation, Watch, WatchedStore};
use crate::conversations::store_tests::{TIMEOUT, caller, new_test, shared, user, wait_until};
use crate::conversations::store_writer::StoreWriter;
use crate::event::ids::conversation_id::ConversationId;
use crate::store::outboxes::Outboxes;
use crate::testing::TestTracker;

/// The flush interval of [`new_test`].
const FLUSH_INTERVAL: Duration = Duration::from_millis(10);
/// The resolution of the runtime's timer.
const RESOLUTION: Duration = Duration::from_millis(1);

/// Sends messages while writes take `write_time`. Returns the times between the starts of two
/// successive writes. `refused` is a conversation whose updates are refused.
async fn write_intervals(write_time: Duration, refused: &str) -> Vec<Duration> {
    let (test, store) = (new_test(), WatchedStore::default());
    *store.watch.write_time.lock().unwrap() = write_time;
    store.watch.names_refused.store(true, Ordering::Relaxed);
    store.refuse(refused);
    let outboxes = Outboxes::new(test.tracker().clone());
    let shared = shared(&test, &outboxes, |_, _| {});
    let open = |id: &str| {
        let id = ConversationId::new(id).unwrap();
        shared.open(id, &user(), &StoreRead::default())
    };
    let conversations = [open("c-1"), open("c-2")];
    let caller = caller(&test, &store);
    let writer = StoreWriter::new(Arc::clone(&shared), Arc::clone(&outboxes), caller);
    let (_requests, inbox) = unbounded_channel();
    let running = tokio::spawn(writer.run(inbox));
    for _ in 0..200 {
        for conversation in &conversations {
            conversation.message_sent("Hello");
        }
        tokio::time::sleep(RESOLUTION).await;
    }
    running.abort();
    assert!(running.await.is_err());
    outboxes.close([]);
    store.write_intervals()
}

#[tokio::test(start_paused = true)]
async fn a_write_starts_one_interval_after_the_start_of_the_previous_one() {
    let intervals = write_intervals(FLUSH_INTERVAL / 2, "none").await;
    assert!(intervals.len() > 10, "{intervals:?}");
    for interval in intervals {
        assert!(interval >= FLUSH_INTERVAL && interval <= FLUSH_INTERVAL + RESOLUTION);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_write_is_followed_by_the_next_one_at_once() {
    let write_time = FLUSH_INTERVAL * 2;
    let intervals = write_intervals(write_time, "none").await;
    assert!(intervals.len() > 5, "{intervals:?}");
    for interval in intervals {
        assert!(interval >= write_time && interval <= write_time + RESOLUTION);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_update_delays_no_write() {
    let intervals = write_intervals(FLUSH_INTERVAL / 2, "c-2").await;
    assert!(intervals.len() > 10, "{intervals:?}");
    for interval in intervals {
        assert!(interval <= FLUSH_INTERVAL + RESOLUTION, "{interval:?}");
    }
}

#[tokio::test]
async fn a_slow_search_delays_no_write() {
    let (test, store) = (new_test(), WatchedStore::default());
    store.watch.searches.hold();
    let conversations = Conversations::builder(test.tracker())
        .store(store.clone())
        .end_after_idle(TIMEOUT)
        .build();
    let conversation = conversations.open("c-1", user()).await.unwrap();
    wait_until(|| {
        conversation.message_sent("Hello");
        store.watch.searches.writes() > 2
    });
    store.watch.searches.release();
}

/// Flushes while an operation is held, and checks that there are more than `writes` writes in this
/// time.
fn assert_writes_during_a_flush(
    test: &TestTracker,
    conversation: &Conversation,
    held: &Operation,
    writes: usize,
) {
    let flushed = std::thread::scope(|scope| {
        let flushed = scope.spawn(|| test.tracker().flush_blocking(TIMEOUT));
        wait_until(|| {
            conversation.message_sent("Hello?");
            held.writes() > writes
        });
        held.release();
        flushed.join().unwrap()
    });
    assert!(flushed.complete, "{flushed}");
}

/// Does the same as [`assert_writes_during_a_flush`], for an operation that ends a conversation.
async fn assert_writes_during_an_end(operation: fn(&Watch) -> &Operation, writes: usize) {
    let (test, store) = (new_test(), WatchedStore::default());
    let held = operation(&store.watch);
    held.hold();
    let conversations = Conversations::builder(test.tracker())
        .store(store.clone())
        .build();
    let conversation = conversations.open("c-1", user()).await.unwrap();
    conversation.message_sent("Hello");
    conversation.end();
    assert_writes_during_a_flush(&test, &conversation, held, writes);
}

#[tokio::test]
async fn a_slow_confirmation_delays_no_write_during_a_flush() {
    assert_writes_during_an_end(|watch| &watch.confirmations, 2).await;
}

#[tokio::test]
async fn a_slow_claim_delays_no_write_during_a_flush() {
    assert_writes_during_an_end(|watch| &watch.ends, 20).await;
}

#[tokio::test]
async fn a_slow_publication_delays_no_write_during_a_flush() {
    let (test, store) = (new_test(), WatchedStore::default());
    let conversations = Conversations::builder(test.tracker())
        .store(store.clone())
        .publish_ledger("replica")
        .build();
    let conversation = conversations.open("c-1", user()).await.unwrap();
    while conversations
        .fleet_ledger()
        .await
        .unwrap()
        .replicas
        .is_empty()
    {
        tokio::task::yield_now().await;
    }
    let held = &store.watch.publications;
    held.hold();
    assert_writes_during_a_flush(&test, &conversation, held, 2);
}
