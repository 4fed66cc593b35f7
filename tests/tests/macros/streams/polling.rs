//! Streams that are polled to their end, dropped, or moved, and streams that fail.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use copilot_track::testing::TestTracker;
use copilot_track::{MessageId, tracked_reply, tracked_tool};
use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};

use super::signatures::{Broken, WORDS, boxed, later_fallible, maybe, opaque};

#[tokio::test]
async fn a_stream_that_is_never_polled_sends_nothing() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.run(async {
        assert!(later_fallible(true).await.is_err());
        assert!(maybe(false).is_none());
        drop(opaque()); // never polled
    })
    .await;
    test.assert_names(&["Conversation Started", "Message Sent"]);
}

#[tokio::test]
async fn a_dropped_stream_sends_the_text_so_far() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let mut stream = Box::pin(turn.in_scope(opaque));
    assert_eq!(stream.size_hint(), (3, Some(3)));
    assert_eq!(stream.next().await, Some("Yes"));
    assert_eq!(stream.next().await, Some(", "));
    drop(stream);
    test.event("Message Received")
        .assert_property("message_body", "Yes, ")
        .assert_property("completion", "cancelled");
}

#[tokio::test]
async fn a_stream_continues_after_a_shutdown_of_the_tracker() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let mut stream = Box::pin(turn.in_scope(opaque));
    assert_eq!(stream.next().await, Some("Yes"));
    let report = test.tracker().shutdown(Duration::from_secs(60)).await;
    assert!(report.complete, "{report}");
    assert_eq!(stream.collect::<Vec<_>>().await, WORDS[1..]);
    test.assert_names(&["Conversation Started", "Message Sent"]);
    let ledger = test.ledger();
    assert!(ledger.is_balanced(), "{ledger}");
    assert_eq!((ledger.emitted, ledger.dropped.shutdown), (3, 1));
}

#[tracked_reply]
fn failing(ends: bool) -> impl Stream<Item = Result<String, Broken>> {
    let items = [Ok("Yes".to_owned()), Err(Broken)];
    if ends {
        stream::iter(items).left_stream()
    } else {
        stream::iter(items).chain(stream::pending()).right_stream()
    }
}

#[tokio::test]
async fn a_failed_stream_is_marked_as_failed() {
    for ends in [true, false] {
        let test = TestTracker::new();
        let turn = test.conversation().turn("Is it?");
        let mut stream = Box::pin(turn.in_scope(|| failing(ends)));
        assert_eq!(stream.next().await, Some(Ok("Yes".to_owned())));
        assert_eq!(stream.next().await, Some(Err(Broken)));
        if ends {
            assert_eq!(stream.next().await, None);
            assert_eq!(stream.next().await, None);
        }
        drop(stream);
        test.event("Message Received")
            .assert_property("message_body", "Yes")
            .assert_property("completion", "error");
    }
}

#[tracked_tool(type = "Lookup")]
async fn look_up() -> u32 {
    tokio::time::sleep(Duration::from_millis(1)).await;
    3
}

#[tracked_reply(
    record(duration, first_chunk),
    properties(kind = "words"),
    media(type = "image", sub_type = "png")
)]
fn working() -> impl Stream<Item = String> {
    stream::once(async {
        assert!(MessageId::current().is_some());
        look_up().await.to_string()
    })
}

#[tokio::test]
async fn a_stream_keeps_its_turn_on_another_task() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let stream = turn.in_scope(working);
    let items = tokio::spawn(stream.collect::<Vec<_>>()).await.unwrap();
    assert_eq!(items, ["3"]);
    let reply = turn.reply_id().unwrap();
    test.assert_names(&[
        "Conversation Started",
        "Message Sent",
        "Action Invoked",
        "Media Generated",
        "Message Received",
    ]);
    for event in &test.events()[2..] {
        assert_eq!(event.message_id(), Some(reply.as_str()), "{}", event.name());
    }
    let event = test.event("Message Received");
    event.assert_property("kind", "words");
    assert!(event.property("duration_ms").unwrap().as_f64().unwrap() >= 1.0);
    assert!(event.property("first_chunk_ms").unwrap().as_f64().unwrap() >= 1.0);
}

#[tokio::test]
async fn a_stream_created_outside_a_turn_uses_the_turn_of_its_first_poll() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let stream = opaque();
    assert_eq!(turn.run(stream.count()).await, 3);
    test.event("Message Received")
        .assert_property("message_body", "Yes, 3");
}

#[tokio::test]
async fn streams_work_outside_a_conversation() {
    assert_eq!(opaque().collect::<Vec<_>>().await, WORDS);
    assert_eq!(boxed().size_hint(), (3, Some(3)));
}

#[tracked_reply]
fn counted(polls: Arc<AtomicUsize>) -> impl Stream<Item = String> {
    stream::poll_fn(move |_| {
        let n = polls.fetch_add(1, Ordering::Relaxed);
        std::task::Poll::Ready((n < 3).then(|| n.to_string()))
    })
}

#[tokio::test]
async fn items_are_not_buffered() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let polls = Arc::new(AtomicUsize::new(0));
    let mut stream = Box::pin(turn.in_scope(|| counted(Arc::clone(&polls))));
    for n in 0..3 {
        assert_eq!(polls.load(Ordering::Relaxed), n);
        assert_eq!(stream.next().await, Some(n.to_string()));
    }
}

#[tracked_reply]
fn panicking() -> impl Stream<Item = String> {
    stream::iter(["Yes"])
        .map(str::to_owned)
        .chain(stream::poll_fn(|_| panic!("no more")))
}

#[tokio::test]
async fn a_panicking_stream_sends_the_text_so_far() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let stream = turn.in_scope(panicking);
    assert!(tokio::spawn(stream.count()).await.is_err());
    test.event("Message Received")
        .assert_property("message_body", "Yes")
        .assert_property("completion", "error");
}

#[tokio::test]
async fn a_panic_that_is_caught_before_the_drop_is_an_error() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let mut stream = Box::pin(turn.in_scope(panicking));
    assert_eq!(stream.next().await.as_deref(), Some("Yes"));
    let next = AssertUnwindSafe(stream.next()).catch_unwind();
    assert!(next.await.is_err());
    // The message is sent at once, not when the stream is dropped.
    test.event("Message Received")
        .assert_property("message_body", "Yes")
        .assert_property("completion", "error");
    drop(stream);
    assert_eq!(test.events_named("Message Received").len(), 1);
}

#[tokio::test]
async fn a_stream_that_is_dropped_by_another_panic_is_cancelled() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let mut stream = Box::pin(turn.in_scope(opaque));
    let consumer = tokio::spawn(async move {
        assert_eq!(stream.next().await, Some("Yes"));
        panic!("the consumer fails");
    });
    assert!(consumer.await.is_err());
    test.event("Message Received")
        .assert_property("message_body", "Yes")
        .assert_property("completion", "cancelled");
}

#[tracked_reply]
fn items(
    items: Vec<Result<&'static str, Broken>>,
) -> impl Stream<Item = Result<&'static str, Broken>> {
    stream::iter(items)
}

#[tokio::test]
async fn a_stream_without_text_is_neither_sent_nor_counted() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    conversation
        .run(async {
            for empty in [
                vec![],
                vec![Err(Broken)],
                vec![Ok(""), Ok("")],
                vec![Ok(""), Err(Broken)],
            ] {
                items(empty).for_each(async |_| ()).await;
            }
            let mut dropped = Box::pin(items(vec![Ok(""), Ok("Yes")]));
            assert_eq!(dropped.next().await, Some(Ok("")));
            drop(dropped);
            let panicking = AssertUnwindSafe(empty_and_panicking().count()).catch_unwind();
            assert!(panicking.await.is_err());
        })
        .await;
    assert_eq!(conversation.message_count(), 0);
    test.assert_silent();
}

#[tracked_reply]
fn empty_and_panicking() -> impl Stream<Item = Option<String>> {
    stream::iter([None]).chain(stream::poll_fn(|_| panic!("no more")))
}

#[tracked_reply(record(duration, first_chunk))]
fn slow_start() -> impl Stream<Item = Option<&'static str>> {
    let later = stream::once(async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some("Yes")
    });
    stream::iter([None, Some("")]).chain(later)
}

#[tokio::test]
async fn first_chunk_is_the_time_to_the_first_text() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.run(slow_start().count()).await;
    let event = test.event("Message Received");
    let ms = |name| event.property(name).unwrap().as_f64().unwrap();
    assert!(ms("first_chunk_ms") >= 20.0);
    assert!(ms("duration_ms") >= ms("first_chunk_ms"));
    for name in ["first_chunk_ms", "duration_ms"] {
        let digits = ms(name).to_string();
        let fraction = digits.split_once('.').map_or("", |(_, fraction)| fraction);
        assert!(
            fraction.len() <= 3,
            "{digits} is not rounded to microseconds"
        );
    }
}

#[tokio::test]
async fn the_text_of_a_long_stream_is_truncated() {
    #[tracked_reply]
    fn long() -> impl Stream<Item = String> {
        stream::iter((0..10_000).map(|_| "é".repeat(100)))
    }
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert_eq!(turn.run(long().count()).await, 10_000);
    let event = test.event("Message Received");
    let body = event.property("message_body").unwrap().as_str().unwrap();
    assert!(
        body.len() < 33_000 && body.contains("2000000"),
        "{}",
        &body[body.len() - 60..]
    );
}
