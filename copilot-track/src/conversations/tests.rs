//! Unit tests of the registry of conversations.

use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use crate::conversations::conversations::Conversations;
use crate::conversations::end_reason::EndReason;
use crate::event::spec::{MessageReceived, MessageSent};
use crate::event::track_event::TrackEvent as _;
use crate::event::user::User;
use crate::testing::TestTracker;

const IDLE: Duration = Duration::from_secs(1_000);

fn user() -> User {
    User::known("123").unwrap()
}

async fn names(test: &TestTracker, act: impl AsyncFnOnce(Conversations)) -> Vec<String> {
    act(Conversations::builder(test.tracker()).build()).await;
    test.names()
}

#[tokio::test]
async fn requests_share_a_conversation() {
    let test = TestTracker::new();
    let names = names(&test, async |conversations| {
        for number in 0..3 {
            let conversation = conversations.open("c-1", user()).await.unwrap();
            conversation
                .turn(format!("question {number}"))
                .message_received("answer");
        }
        assert!(conversations.end("c-1"));
        assert!(conversations.end("c-1"), "it is still known");
        assert!(!conversations.end("c-2"));
    });
    let names = names.await;
    assert_eq!(names.len(), 1 + 6 + 1);
    test.event("Conversation Ended")
        .assert_property("message_count", 6);
}

#[tokio::test]
async fn a_login_is_identified_once() {
    let test = TestTracker::new();
    let conversations = Conversations::builder(test.tracker()).build();
    let visitor = User::anonymous("visitor").unwrap();
    let customer = User::both("123", "visitor").unwrap();
    for user in [&visitor, &customer, &customer, &visitor] {
        let conversation = conversations.open("c-1", user.clone()).await.unwrap();
        conversation.message_sent("Hello");
    }
    let identified = test
        .events()
        .iter()
        .filter(|event| event.json()["type"] == "identify")
        .count();
    assert_eq!(identified, 1);
    let last = test.events_named("Message Sent").pop().unwrap();
    assert_eq!(last.user_id(), Some("123"));
}

#[tokio::test]
async fn a_repeated_message_counts_once() {
    let test = TestTracker::new();
    let conversations = Conversations::builder(test.tracker()).build();
    for _ in 0..2 {
        let conversation = conversations.open("c-1", user()).await.unwrap();
        let turn = conversation.turn_with(MessageSent::new("Hello").message_id("m-1"));
        turn.reply_with(MessageReceived::new("Hi").message_id("m-2"));
        assert_eq!(conversation.message_count(), 2);
    }
    test.assert_names(&["Conversation Started", "Message Sent", "Message Received"]);
    assert_eq!(test.ledger().repeated_messages, 2);
}

#[tokio::test]
async fn only_invalid_ids_are_errors() {
    let test = TestTracker::new();
    let conversations = Conversations::builder(test.tracker()).build();
    assert!(conversations.open("", user()).await.is_err());
    assert!(conversations.open("x".repeat(101), user()).await.is_err());
    assert!(conversations.is_empty());
    assert!(conversations.get("").is_none());
    assert!(!conversations.rate("unknown", "m-1", 1));
    test.assert_silent();
}

#[tokio::test]
async fn idle_conversations_end_and_continue() {
    let test = TestTracker::new();
    let ended = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&ended);
    let conversations = Conversations::builder(test.tracker())
        .end_after_idle(IDLE)
        .ended_by(true)
        .on_end(move |conversation, reason| {
            log.lock()
                .unwrap()
                .push((conversation.id().to_string(), reason));
            panic!("the application's closure panics");
        })
        .build();
    let conversation = conversations.open("c-1", user()).await.unwrap();
    conversations.open("silent", user()).await.unwrap();
    conversation.message_sent("Hello");
    let start = Instant::now();
    let sweep = |after: Duration| conversations.sweep_at(start + after);

    sweep(IDLE); // sees the message
    sweep(IDLE + Duration::from_secs(999));
    test.assert_names(&["Conversation Started", "Message Sent"]);
    sweep(2 * IDLE);
    sweep(3 * IDLE);
    let event = test.event("Conversation Ended");
    event
        .assert_property("ended_by", "idle")
        .assert_property("message_count", 1);
    assert_eq!(
        *ended.lock().unwrap(),
        [("c-1".to_owned(), EndReason::Idle)]
    );
    assert_eq!(conversations.len(), 1, "the silent conversation is removed");

    conversations
        .get("c-1")
        .unwrap()
        .message_sent("One more question");
    sweep(4 * IDLE);
    sweep(5 * IDLE);
    let counts: Vec<_> = test
        .events_named("Conversation Ended")
        .iter()
        .map(|event| event.property("message_count").cloned())
        .collect();
    assert_eq!(counts, [Some(1.into()), Some(2.into())]);
    let much_later = 6 * IDLE + Duration::from_secs(24 * 60 * 60);
    sweep(much_later);
    assert_eq!(conversations.len(), 1, "a handle is in use");
    drop(conversation);
    sweep(much_later);
    assert!(conversations.is_empty());
}

#[tokio::test]
async fn the_least_recently_used_conversations_are_removed() {
    let test = TestTracker::new();
    let ended = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&ended);
    let conversations = Conversations::builder(test.tracker())
        .max_conversations(3)
        .on_end(move |conversation, reason| {
            log.lock()
                .unwrap()
                .push((conversation.id().to_string(), reason));
        })
        .build();
    for id in ["a", "b", "c"] {
        let conversation = conversations.open(id, user()).await.unwrap();
        conversation.message_sent("Hello");
    }
    let _ = conversations.get("a");
    conversations.open("d", user()).await.unwrap();
    assert_eq!(
        *ended.lock().unwrap(),
        [("b".to_owned(), EndReason::Capacity)]
    );
    assert_eq!(conversations.len(), 3);
    assert!(conversations.get("a").is_some() && conversations.get("b").is_none());
}

#[tokio::test]
async fn the_thread_ends_idle_conversations() {
    let test = TestTracker::new();
    let (ended, wait) = std::sync::mpsc::channel();
    let conversations = Conversations::builder(test.tracker())
        .end_after_idle(Duration::from_millis(1))
        .on_end(move |_, reason| ended.send(reason).unwrap())
        .build();
    let conversation = conversations.open("c-1", user()).await.unwrap();
    conversation.message_sent("Hello");
    let reason = wait.recv_timeout(Duration::from_secs(120));
    assert_eq!(reason, Ok(EndReason::Idle));
    drop(conversations);
    // The thread owns the closure's sender until it stops.
    assert!(wait.recv_timeout(Duration::from_secs(120)).is_err());
}

#[tokio::test]
async fn simultaneous_ends_are_reported_once() {
    let test = TestTracker::new();
    let (ended, reported) = std::sync::mpsc::channel();
    let conversations = Conversations::builder(test.tracker())
        .on_end(move |conversation, _| ended.send(conversation.id().to_string()).unwrap())
        .build();
    let ids: Vec<_> = (0..200).map(|number| number.to_string()).collect();
    for id in &ids {
        let conversation = conversations.open(id, user()).await.unwrap();
        conversation.message_sent("Hello");
    }
    let barrier = Barrier::new(2);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for id in &ids {
                    barrier.wait();
                    assert!(conversations.end(id));
                }
            });
        }
    });
    drop(conversations);
    assert_eq!(reported.iter().collect::<Vec<_>>(), ids);
}

#[tokio::test]
async fn a_user_is_checked_again_when_another_request_was_faster() {
    let test = TestTracker::new();
    let conversations = Conversations::builder(test.tracker()).build();
    let open = async |id: &str, faster: User, user: User| {
        let opened = conversations.open_with(id, |owner| {
            assert_eq!(owner, None);
            // Another request opens the conversation while this one checks its user.
            let other = conversations.open(id, faster);
            assert!(futures_util::FutureExt::now_or_never(other).is_some());
            Some(user)
        });
        opened.await.unwrap()
    };
    let known = |id| User::known(id).unwrap();
    let both = User::both("123", "device").unwrap();
    assert!(open("c-1", known("456"), known("123")).await.is_none());
    let current = conversations.get("c-1").unwrap().user();
    assert_eq!(current, known("456"));
    let anonymous = User::anonymous("device").unwrap();
    let opened = open("c-2", anonymous, both.clone()).await.unwrap();
    assert_eq!(opened.user(), both);
    assert!(open("c-3", known("123"), known("123")).await.is_some());
    // Two customers log in on the same device.
    let other = User::both("456", "device").unwrap();
    assert!(open("c-4", other, both).await.is_none());
}
