//! Streamed replies: items are unchanged, and one Message Received has the text that was seen.

#![deny(warnings, clippy::all, clippy::pedantic)]
#![allow(clippy::panic, clippy::unwrap_used)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use copilot_track::testing::TestTracker;
use copilot_track::{MessageBody, MessageId, tracked_reply, tracked_tool};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, LocalBoxStream};
use futures_util::{Stream, StreamExt as _};

#[derive(Debug, PartialEq)]
struct Broken;

type Chunks = Pin<Box<dyn Stream<Item = Result<String, Broken>> + Send>>;
type Answered<T> = Result<T, Broken>;

const WORDS: [&str; 3] = ["Yes", ", ", "3"];

#[tracked_reply]
fn opaque() -> impl Stream<Item = &'static str> {
    stream::iter(WORDS)
}

#[tracked_reply]
fn opaque_send<'a>(words: &'a [String]) -> impl Stream<Item = &'a str> + Send + 'a {
    stream::iter(words.iter().map(String::as_str))
}

#[tracked_reply]
fn inferred() -> impl Stream<Item = Result<String, Broken>> {
    // The body names neither the type of the items nor that of the error.
    stream::iter(WORDS.map(|word| Ok(word.into())))
}

#[tracked_reply]
async fn later() -> impl Stream<Item = String> {
    tokio::task::yield_now().await;
    stream::iter(WORDS.map(str::to_owned))
}

#[tracked_reply]
async fn later_fallible(fail: bool) -> Result<impl Stream<Item = String>, Broken> {
    tokio::task::yield_now().await;
    if fail {
        return Err(Broken);
    }
    Ok(stream::iter(WORDS.map(str::to_owned)))
}

#[tracked_reply]
fn boxed() -> Pin<Box<dyn Stream<Item = &'static str> + Send + 'static>> {
    Box::pin(stream::iter(WORDS))
}

#[tracked_reply]
fn boxed_sync<'a>(word: &'a str) -> Pin<Box<dyn Stream<Item = &'a str> + Send + Sync + 'a>> {
    Box::pin(stream::iter([word]))
}

#[tracked_reply]
fn boxed_unpin() -> Box<dyn Stream<Item = &'static str> + Send + Unpin> {
    Box::new(stream::iter(WORDS))
}

#[tracked_reply]
fn box_stream<'a>(words: &'a [String]) -> BoxStream<'a, &'a String> {
    stream::iter(words).boxed()
}

#[tracked_reply]
async fn local_box_stream(words: Arc<[String]>) -> Result<LocalBoxStream<'static, String>, Broken> {
    Ok(stream::iter(words.to_vec()).boxed_local())
}

#[tracked_reply(stream)]
fn alias() -> Chunks {
    Box::pin(stream::iter(WORDS.map(|word| Ok(word.to_owned()))))
}

#[tracked_reply(stream)]
async fn alias_in_alias() -> Answered<Chunks> {
    Ok(alias_inner())
}

fn alias_inner() -> Chunks {
    Box::pin(stream::iter(WORDS.map(|word| Ok(word.to_owned()))))
}

#[tracked_reply]
fn maybe(there: bool) -> Option<impl Stream<Item = &'static str>> {
    there.then(|| stream::iter(WORDS))
}

#[tracked_reply]
fn future_of_stream() -> impl Future<Output = Result<BoxStream<'static, String>, Broken>> + Send {
    async { Ok(stream::iter(WORDS.map(str::to_owned)).boxed()) }
}

#[tracked_reply]
fn boxed_future_of_stream<'a>(
    words: &'a [String],
) -> BoxFuture<'a, Result<BoxStream<'a, Result<String, Broken>>, Broken>> {
    Box::pin(async move { Ok(stream::iter(words.iter().cloned().map(Ok)).boxed()) })
}

struct Delta {
    content: Option<String>,
}

#[tracked_reply(body = |delta| delta.content.as_deref())]
fn deltas() -> impl Stream<Item = Result<Delta, Broken>> {
    stream::iter(WORDS.map(|word| {
        Ok(Delta {
            content: Some(word.to_owned()),
        })
    }))
}

#[tracked_reply(body = |item: &Result<Delta, Broken>| item.as_ref().ok()?.content.clone())]
fn whole_items() -> BoxStream<'static, Result<Delta, Broken>> {
    let deltas = WORDS.map(|word| {
        Ok(Delta {
            content: Some(word.to_owned()),
        })
    });
    stream::iter(deltas).boxed()
}

fn content(delta: &Delta) -> Option<&str> {
    delta.content.as_deref()
}

#[tracked_reply(body = content)]
fn by_path() -> impl Stream<Item = Delta> {
    stream::iter(WORDS.map(|word| Delta {
        content: Some(word.to_owned()),
    }))
}

impl MessageBody for Delta {
    fn message_body(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.content.as_deref().map(Into::into)
    }
}

#[tracked_reply]
fn of_own_type() -> impl Stream<Item = Delta> {
    by_path()
}

#[tracked_reply]
fn generic<T: MessageBody + Clone + Send + 'static>(items: Vec<T>) -> impl Stream<Item = T> + Send {
    stream::iter(items)
}

struct Model {
    words: Vec<String>,
}

trait Answers {
    fn answer(&self) -> impl Stream<Item = String> + Send;
    fn boxed(&self) -> BoxStream<'_, String>;
}

impl Answers for Model {
    #[tracked_reply]
    fn answer(&self) -> impl Stream<Item = String> + Send {
        stream::iter(self.words.clone())
    }

    #[tracked_reply(role = "ai_agent")]
    fn boxed(&self) -> BoxStream<'_, String> {
        stream::iter(self.words.iter().cloned()).boxed()
    }
}

/// Runs a stream to its end in a turn, and checks the event.
macro_rules! assert_complete {
    ($stream:expr, $count:expr) => {{
        let test = TestTracker::new();
        let turn = test.conversation().turn("Is it in stock?");
        let seen = turn.run(async { $stream.count().await }).await;
        assert_eq!(seen, $count);
        let events = test.events_named("Message Received");
        assert_eq!(events.len(), 1, stringify!($stream));
        events[0]
            .assert_property("message_body", "Yes, 3")
            .assert_property_names(&["conversationId", "messageId", "message_body", "role"]);
        assert_eq!(
            events[0].message_id(),
            turn.reply_id().as_ref().map(MessageId::as_str)
        );
    }};
}

#[tokio::test]
async fn every_way_to_write_a_stream_is_tracked() {
    let words = WORDS.map(str::to_owned);
    assert_complete!(opaque(), 3);
    assert_complete!(opaque_send(&words), 3);
    assert_complete!(inferred(), 3);
    assert_complete!(later().await, 3);
    assert_complete!(later_fallible(false).await.unwrap(), 3);
    assert_complete!(boxed(), 3);
    assert_complete!(boxed_sync("Yes, 3"), 1);
    assert_complete!(boxed_unpin(), 3);
    assert_complete!(box_stream(&words), 3);
    assert_complete!(local_box_stream(words.to_vec().into()).await.unwrap(), 3);
    assert_complete!(alias(), 3);
    assert_complete!(alias_in_alias().await.unwrap(), 3);
    assert_complete!(maybe(true).unwrap(), 3);
    assert_complete!(future_of_stream().await.unwrap(), 3);
    assert_complete!(boxed_future_of_stream(&words).await.unwrap(), 3);
    assert_complete!(deltas(), 3);
    assert_complete!(whole_items(), 3);
    assert_complete!(by_path(), 3);
    assert_complete!(generic(words.to_vec()), 3);
    let model = Model {
        words: words.to_vec(),
    };
    assert_complete!(model.answer(), 3);
    assert_complete!(model.boxed(), 3);
}

#[tokio::test]
async fn nested_tracked_streams_are_two_replies() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.run(of_own_type().count()).await;
    assert_eq!(test.events_named("Message Received").len(), 2);
}

#[tokio::test]
async fn without_a_polled_stream_nothing_is_sent() {
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
async fn a_dropped_stream_sends_what_was_seen() {
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
async fn a_panicking_stream_sends_what_was_seen() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let stream = turn.in_scope(panicking);
    assert!(tokio::spawn(stream.count()).await.is_err());
    test.event("Message Received")
        .assert_property("message_body", "Yes")
        .assert_property("completion", "error");
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
