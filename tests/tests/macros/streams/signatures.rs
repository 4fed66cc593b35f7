//! The ways to write a function that returns a stream.

#![allow(
    clippy::unused_async,
    reason = "the tests also cover async functions without `await`"
)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use copilot_track::testing::TestTracker;
use copilot_track::{MessageBody, MessageId, tracked_reply};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, LocalBoxStream};
use futures_util::{Stream, StreamExt as _};

#[derive(Debug, PartialEq)]
pub(super) struct Broken;

type Chunks = Pin<Box<dyn Stream<Item = Result<String, Broken>> + Send>>;
type Answered<T> = Result<T, Broken>;

pub(super) const WORDS: [&str; 3] = ["Yes", ", ", "3"];

#[tracked_reply]
pub(super) fn opaque() -> impl Stream<Item = &'static str> {
    stream::iter(WORDS)
}

#[tracked_reply]
fn opaque_send<'a>(words: &'a [String]) -> impl Stream<Item = &'a str> + Send + 'a {
    stream::iter(words.iter().map(String::as_str))
}

#[tracked_reply]
fn inferred() -> impl Stream<Item = Result<String, Broken>> {
    // The body names neither the item type nor the error type.
    stream::iter(WORDS.map(|word| Ok(word.into())))
}

#[tracked_reply]
async fn later() -> impl Stream<Item = String> {
    tokio::task::yield_now().await;
    stream::iter(WORDS.map(str::to_owned))
}

#[tracked_reply]
pub(super) async fn later_fallible(fail: bool) -> Result<impl Stream<Item = String>, Broken> {
    tokio::task::yield_now().await;
    if fail {
        return Err(Broken);
    }
    Ok(stream::iter(WORDS.map(str::to_owned)))
}

#[tracked_reply]
pub(super) fn boxed() -> Pin<Box<dyn Stream<Item = &'static str> + Send + 'static>> {
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
pub(super) fn maybe(there: bool) -> Option<impl Stream<Item = &'static str>> {
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
