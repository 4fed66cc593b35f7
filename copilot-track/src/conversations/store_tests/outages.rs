//! Stores that fail or do not answer.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::conversations::conversations::Conversations;
use crate::conversations::end_reason::EndReason;
use crate::conversations::store_reader::{StoreCaller, StoreRead};
use crate::conversations::store_tests::{
    TIMEOUT, builder, new_test, replica, replicas, shared, user, wait_until,
};
use crate::conversations::store_writer::{MAX_END_WAIT, StoreWriter};
use crate::event::ids::conversation_id::ConversationId;
use crate::store::conversation_store::{
    ClaimedConversation, ConversationStore, EndClaim, IdleRequest, StoreFuture,
};
use crate::store::conversation_update::ConversationUpdate;
use crate::store::outboxes::Outboxes;
use crate::store::stored_conversation::StoredConversation;
use crate::testing::{MemoryStore, TestTracker};
use crate::tracker::pending_work::FinishRequest;

#[tokio::test]
async fn changes_are_written_once_the_store_is_up() {
    let (test, store) = (new_test(), MemoryStore::new());
    let [first, second] = replicas(&test, &store);
    store.set_down(true);
    for replica in [&first, &second] {
        let conversation = replica.open("c-1", user()).await.unwrap();
        conversation.message_sent("Hello");
    }
    assert!(first.end("c-1"));
    wait_until(|| test.tracker().ledger().store_errors >= 3);
    store.set_losing_answers(true);
    store.set_down(false);
    let errors = test.tracker().ledger().store_errors;
    wait_until(|| test.tracker().ledger().store_errors >= errors + 5);
    store.set_losing_answers(false);
    test.event("Conversation Ended")
        .assert_property("message_count", 2);
    let ledger = test.ledger();
    assert!(ledger.opens_without_store >= 1);
    assert_eq!((ledger.unsaved_messages, ledger.uncounted_ends), (0, 0));
}

#[tokio::test]
async fn an_end_without_the_store_has_no_count() {
    let (test, store) = (new_test(), MemoryStore::new());
    let [first, second] = replicas(&test, &store);
    store.set_down(true);
    for replica in [&first, &second] {
        let conversation = replica.open("c-1", user()).await.unwrap();
        conversation.message_sent("Hello");
        conversation.end();
    }
    // At its end, a process cannot wait for the store any longer.
    let memory = test.clone();
    let report = tokio::task::spawn_blocking(move || {
        memory.tracker().shutdown_blocking(Duration::from_secs(4))
    });
    let ledger = report.await.unwrap().ledger;
    assert_eq!(ledger.uncounted_ends, 2);
    assert_eq!(ledger.dropped.total(), 0);
    let ended = test.events_named("Conversation Ended");
    assert_eq!(ended.len(), 2);
    for event in &ended {
        assert_eq!(event.property("message_count"), None);
        assert_eq!(event.json()["messageId"], ended[0].json()["messageId"]);
    }
    store.set_down(false);
    drop((first, second));
    let id = ConversationId::new("c-1").unwrap();
    let stored = store.load(&id).await.unwrap().unwrap();
    assert_eq!((stored.ends, stored.message_count()), (1, 2));
}

#[tokio::test]
async fn the_tracker_is_dropped_although_the_store_is_down() {
    let (lines, received) = channel();
    let tracker = builder()
        .drop_timeout(Duration::from_millis(200))
        .json_lines(LineSender(lines))
        .build()
        .unwrap();
    let store = MemoryStore::new();
    store.set_down(true);
    let conversations = Conversations::builder(&tracker).store(store).build();
    let conversation = conversations.open("c-1", user()).await.unwrap();
    conversation.message_sent("Hello");
    conversation.end();
    drop((conversation, conversations, tracker));
    // The writer is dropped with the tracker.
    let mut written = Vec::new();
    loop {
        match received.recv_timeout(TIMEOUT) {
            Ok(line) => written.extend(line),
            Err(error) => {
                assert_eq!(error, RecvTimeoutError::Disconnected);
                break;
            }
        }
    }
    let written = String::from_utf8(written).unwrap();
    assert!(written.contains("Conversation Ended"), "{written}");
}

/// A writer that sends what it receives to a channel.
struct LineSender(Sender<Vec<u8>>);

impl std::io::Write for LineSender {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let _ = self.0.send(line.to_vec());
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_flush_sends_an_end_that_waited_for_too_long() {
    let test = new_test();
    let outboxes = Outboxes::new(test.tracker().clone());
    let shared = shared(&test, &outboxes, |_, _| {});
    let id = ConversationId::new("c-1").unwrap();
    let conversation = shared.open(id, &user(), &StoreRead::default());
    conversation.message_sent("Hello");
    conversation.end();
    for mut job in outboxes.take_ends() {
        job.requested = job.requested.checked_sub(MAX_END_WAIT).unwrap();
        job.request();
    }
    let store = Arc::new(BrokenStore { panics: false });
    let caller = StoreCaller::new(store, Handle::current(), test.tracker().clone());
    let mut writer = StoreWriter::new(shared, Arc::clone(&outboxes), caller);
    let request = FinishRequest {
        deadline: Instant::now() + Duration::from_millis(50),
        is_shutdown: false,
        reply: Box::new(|_| {}),
    };
    writer.finish(request).await;
    let ended = test.event("Conversation Ended");
    assert_eq!(ended.property("message_count"), None);
    drop((writer, conversation));
    outboxes.close([]);
}

#[tokio::test]
async fn open_does_not_wait_for_a_blocked_thread() {
    let (test, store) = (new_test(), MemoryStore::new());
    let ((ended, wait), (release, released)) = (channel(), channel::<()>());
    let released = Mutex::new(released);
    let conversations = replica(&test, &store)
        .on_end(move |_, reason| {
            ended.send(reason).unwrap();
            let _ = released.lock().unwrap().recv();
        })
        .build();
    let conversation = conversations.open("c-1", user()).await.unwrap();
    conversation.message_sent("Hello");
    conversations.end("c-1");
    assert_eq!(wait.recv_timeout(TIMEOUT), Ok(EndReason::Application));
    let opened = tokio::time::timeout(TIMEOUT, conversations.open("c-2", user()));
    // The thread is released first, so that a failure does not block the test.
    let opened = opened.await;
    drop(release);
    assert!(opened.is_ok());
    assert_eq!(test.ledger().opens_without_store, 1);
}

/// A store that never answers, or panics.
struct BrokenStore {
    panics: bool,
}

impl BrokenStore {
    fn answer<T: Send + 'static>(&self) -> StoreFuture<'_, T> {
        assert!(!self.panics, "on purpose");
        Box::pin(std::future::pending())
    }
}

impl ConversationStore for BrokenStore {
    fn load<'a>(&'a self, _: &'a ConversationId) -> StoreFuture<'a, Option<StoredConversation>> {
        self.answer()
    }

    fn apply<'a>(&'a self, _: &'a [ConversationUpdate]) -> StoreFuture<'a, ()> {
        self.answer()
    }

    fn claim_end<'a>(
        &'a self,
        _: &'a ConversationId,
        _: &'a str,
        _: Duration,
    ) -> StoreFuture<'a, Option<EndClaim>> {
        self.answer()
    }

    fn claim_idle<'a>(&'a self, _: &'a IdleRequest) -> StoreFuture<'a, Vec<ClaimedConversation>> {
        self.answer()
    }

    fn confirm_end<'a>(&'a self, _: &'a ConversationId, _: u64) -> StoreFuture<'a, ()> {
        self.answer()
    }
}

#[tokio::test]
async fn a_broken_store_delays_nothing() {
    for panics in [false, true] {
        let test = TestTracker::with(builder().drop_timeout(Duration::from_millis(100))).unwrap();
        let conversations = Conversations::builder(test.tracker())
            .store(BrokenStore { panics })
            .build();
        for _ in 0..3 {
            let conversation = conversations.open("c-1", user()).await.unwrap();
            conversation.message_sent("Hello");
        }
        conversations.end("c-1");
        drop(conversations);
        test.assert_names(&[
            "Conversation Started",
            "Message Sent",
            "Message Sent",
            "Message Sent",
            "Conversation Ended",
        ]);
        let ledger = test.ledger();
        assert_eq!((ledger.opens_without_store, ledger.uncounted_ends), (3, 1));
        assert_eq!(ledger.unsaved_messages, 3);
    }
}
