//! Unit tests of conversations that several processes share. Each `Conversations` is a replica.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use crate::config::builder::TrackerBuilder;
use crate::conversation::conversation::Conversation;
use crate::conversations::builder::ConversationsBuilder;
use crate::conversations::conversations::Conversations;
use crate::conversations::end_reason::EndReason;
use crate::conversations::registry::{OnEnd, RegistryOptions};
use crate::conversations::shared::Shared;
use crate::conversations::store_reader::{StoreCaller, StoreRead};
use crate::conversations::store_writer::{MAX_END_WAIT, StoreWriter};
use crate::event::ids::conversation_id::ConversationId;
use crate::event::spec::MessageSent;
use crate::event::track_event::TrackEvent as _;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::store::conversation_store::{
    ClaimedConversation, ConversationStore, EndClaim, IdleRequest, StoreFuture,
};
use crate::store::conversation_update::ConversationUpdate;
use crate::store::outbox::{Outbox, Outboxes};
use crate::store::stored_conversation::StoredConversation;
use crate::testing::{MemoryStore, TestTracker, store_conformance};
use crate::tracker::pending_work::FinishRequest;
use crate::tracker::tracker::Tracker;

const TIMEOUT: Duration = Duration::from_secs(60);

fn user() -> User {
    User::known("123").unwrap()
}

fn builder() -> TrackerBuilder {
    Tracker::builder()
        .write_key("key")
        .flush_interval(Duration::from_millis(10))
}

fn new_test() -> TestTracker {
    TestTracker::with(builder()).unwrap()
}

fn replica(test: &TestTracker, store: &MemoryStore) -> ConversationsBuilder {
    Conversations::builder(test.tracker()).store(store.clone())
}

fn replicas(test: &TestTracker, store: &MemoryStore) -> [Conversations; 2] {
    [(); 2].map(|()| replica(test, store).build())
}

fn flush(test: &TestTracker) {
    let report = test.tracker().flush_blocking(TIMEOUT);
    assert!(report.complete, "{report}");
}

/// Waits until `condition` is true.
fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < TIMEOUT);
        std::thread::yield_now();
    }
}

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
fn messages_that_are_being_written_count_once() {
    let test = new_test();
    let outboxes = Outboxes::new(test.tracker().clone());
    let id = ConversationId::new("c-1").unwrap();
    let outbox = Outbox::new(id.clone(), Arc::clone(&outboxes));
    let conversation = Conversation::registered(test.tracker(), id, user(), Some(outbox));
    conversation.message_sent("Hello");
    // The message is written while the store is read.
    let before = conversation.outbox().unwrap().unsaved();
    outboxes.saved(&outboxes.take(1).unwrap());
    let mut stored = StoredConversation {
        messages_sent: 1,
        ..StoredConversation::default()
    };
    conversation.adopt(&stored, before);
    assert_eq!(conversation.message_count(), 1);
    // The message is being written, and the store does not contain it.
    conversation.message_sent("Hello?");
    let batch = outboxes.take(1).unwrap();
    (stored.ends, stored.messages_at_end) = (1, 1);
    conversation.adopt(&stored, None);
    assert!(!conversation.is_ended());
    outboxes.saved(&batch);
    (stored.messages_sent, stored.messages_at_end) = (2, 2);
    conversation.adopt(&stored, None);
    assert!(conversation.is_ended());
    outboxes.close();
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
    outboxes.close();
}

fn shared(
    test: &TestTracker,
    outboxes: &Arc<Outboxes>,
    on_end: impl Fn(&Conversation, EndReason) + Send + Sync + 'static,
) -> Arc<Shared> {
    let options = RegistryOptions {
        end_after_idle: None,
        max_conversations: 10,
        with_ended_by: false,
        on_end: Some(OnEnd::new(on_end)),
        replica: None,
    };
    let outboxes = Some(Arc::clone(outboxes));
    Arc::new(Shared::new(
        test.tracker().clone(),
        Arc::new(options),
        outboxes,
    ))
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
    assert!(!shared.end_claimed(id.clone(), claim, &stored));
    test.assert_silent();
    let conversation = shared.open(id.clone(), &user(), StoreRead::default());
    assert!(shared.end_claimed(id, claim, &stored));
    test.event("Conversation Ended")
        .assert_property("message_count", 1);
    drop(conversation);
    outboxes.close();
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
    assert!(shared.end_claimed(id, EndClaim::new(1, 1), &stored));
    test.assert_silent();
    assert_eq!(test.ledger().sampled_out, 1);
    assert!(wait.try_recv().is_err(), "no end");
    outboxes.close();
}

#[tokio::test]
async fn a_flush_sends_an_end_that_waited_for_too_long() {
    let test = new_test();
    let outboxes = Outboxes::new(test.tracker().clone());
    let shared = shared(&test, &outboxes, |_, _| {});
    let id = ConversationId::new("c-1").unwrap();
    let conversation = shared.open(id, &user(), StoreRead::default());
    conversation.message_sent("Hello");
    conversation.end();
    for mut job in outboxes.take_ends() {
        job.requested = job.requested.checked_sub(MAX_END_WAIT).unwrap();
        outboxes.request_end(job);
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
    outboxes.close();
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

#[tokio::test]
async fn the_ledgers_of_all_replicas_are_added() {
    let store = MemoryStore::new();
    let tests = [new_test(), new_test()];
    let replicas = [0, 1].map(|number| {
        replica(&tests[number], &store)
            .publish_ledger(format!("replica-{number}"))
            .build()
    });
    for (test, replica) in tests.iter().zip(&replicas) {
        let conversation = replica.open("c-1", user()).await.unwrap();
        conversation.message_sent("Hello");
        flush(test);
        flush(test);
    }
    let fleet = replicas[0].fleet_ledger().await.unwrap();
    let names: Vec<_> = fleet
        .replicas
        .iter()
        .map(|replica| &*replica.replica)
        .collect();
    assert_eq!(names, ["replica-0", "replica-1"]);
    let total = fleet.total();
    let expected: crate::Ledger = tests.iter().map(|test| test.tracker().ledger()).sum();
    assert_eq!(
        (total.emitted, total.delivered),
        (expected.emitted, expected.delivered)
    );
    let alone = Conversations::builder(tests[0].tracker()).build();
    assert!(alone.fleet_ledger().await.is_err());
}
