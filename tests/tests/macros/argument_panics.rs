//! A panic in an argument of an attribute does not affect the function, and the ledger counts the
//! event as dropped.

use std::borrow::Cow;
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;

use copilot_track::testing::{CapturedEvent, TestTracker};
use copilot_track::{
    Conversation, DropReason, MessageBody, tracked_component, tracked_conversation,
    tracked_feedback, tracked_media, tracked_message, tracked_reply, tracked_tool,
};
use futures_util::stream::{self, Stream, StreamExt as _};

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

fn panics<T>() -> T {
    CALLS.set(CALLS.get() + 1);
    std::panic::resume_unwind(Box::new("in an argument"))
}

#[tracked_tool(type = "t", properties(a = panics::<u8>()))]
fn tool() -> u8 {
    1
}

#[tracked_tool(type = panics::<String>(), record(outcome))]
fn recorded(text: &str) -> Result<u8, std::num::ParseIntError> {
    text.parse()
}

#[tracked_tool(type = "t", record(outcome = |_| panics::<bool>()))]
async fn outcome() -> u8 {
    1
}

#[tracked_tool(type = "t", record(outcome), media(type = "image", sub_type = panics::<String>()))]
fn nested_media() -> Later<u8> {
    Box::pin(async { 1 })
}

#[tracked_media(type = "image", sub_type = "png", message_id = panics::<String>())]
async fn media() -> u8 {
    1
}

#[tracked_component(type = panics::<String>())]
fn component() -> Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(async { 1 })
}

#[tracked_feedback(rating = panics::<u8>())]
fn feedback() -> u8 {
    1
}

#[tracked_message(body = panics::<String>())]
async fn message() -> u8 {
    1
}

#[tracked_reply(properties(a = panics::<u8>()))]
async fn reply() -> String {
    "text".to_owned()
}

#[tracked_reply(body = |_| panics::<String>())]
fn reply_body() -> u8 {
    1
}

#[tracked_reply(body = |_| panics::<String>())]
fn reply_stream() -> impl Stream<Item = u8> {
    stream::iter([1, 2])
}

#[tracked_reply(properties(a = panics::<u8>()))]
fn reply_stream_options() -> impl Stream<Item = String> {
    stream::iter(["text".to_owned()])
}

#[tracked_tool(type = "t", conversation = panics::<Conversation>())]
fn in_a_conversation() -> u8 {
    1
}

#[tracked_conversation(conversation = panics::<Conversation>())]
async fn conversation() -> u8 {
    1
}

#[tokio::test]
async fn the_function_returns_and_the_event_is_counted() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let before = test.events().len();
    assert_eq!(turn.in_scope(tool), 1);
    assert_eq!(turn.in_scope(|| recorded("1")), Ok(1));
    assert_eq!(turn.run(outcome()).await, 1);
    assert_eq!(turn.run(media()).await, 1);
    assert_eq!(turn.run(component()).await, 1);
    assert_eq!(turn.in_scope(feedback), 1);
    assert_eq!(turn.run(message()).await, 1);
    assert_eq!(turn.run(reply()).await, "text");
    assert_eq!(turn.in_scope(reply_body), 1);
    assert_eq!(
        turn.in_scope(reply_stream).collect::<Vec<_>>().await,
        [1, 2]
    );
    let items: Vec<_> = turn.in_scope(reply_stream_options).collect().await;
    assert_eq!(items, ["text"]);
    assert_eq!(turn.in_scope(in_a_conversation), 1);
    assert_eq!(turn.run(conversation()).await, 1);
    // The `body` argument of the streamed reply is evaluated for both items.
    assert_eq!(CALLS.get(), 14);
    let events = test.events();
    let sent: Vec<_> = events
        .iter()
        .skip(before)
        .map(CapturedEvent::name)
        .collect();
    assert_eq!(sent, [""; 0]);
    let ledger = test.ledger();
    assert_eq!(ledger.dropped.get(DropReason::Invalid), 11);
    assert!(ledger.is_balanced());
}

#[tokio::test]
async fn one_panic_does_not_drop_another_event() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert_eq!(turn.run(nested_media()).await, 1);
    assert_eq!(test.events_named("Action Invoked").len(), 1);
    assert_eq!(test.events_named("Media Generated").len(), 0);
    assert_eq!(test.ledger().dropped.get(DropReason::Invalid), 1);
}

/// A reply whose text cannot be taken.
#[derive(Debug, PartialEq, Eq)]
struct Broken;

impl MessageBody for Broken {
    fn message_body(&self) -> Option<Cow<'_, str>> {
        panics()
    }
}

#[tracked_reply]
fn broken_reply() -> Broken {
    Broken
}

#[tracked_reply]
async fn broken_async_reply() -> Broken {
    Broken
}

#[tracked_reply]
fn broken_boxed_reply() -> Later<Result<Broken, u8>> {
    Box::pin(async { Ok(Broken) })
}

#[tracked_reply(record(duration))]
fn broken_recorded_reply() -> Broken {
    Broken
}

#[tracked_reply(media(type = "image", sub_type = "png"))]
fn broken_reply_with_media() -> Result<Broken, u8> {
    Ok(Broken)
}

#[test]
fn a_panic_in_message_body_does_not_lose_the_media() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Draw it");
    assert_eq!(turn.in_scope(broken_reply_with_media), Ok(Broken));
    assert_eq!(test.events_named("Message Received").len(), 0);
    assert_eq!(test.events_named("Media Generated").len(), 1);
    assert_eq!(test.ledger().dropped.get(DropReason::Invalid), 1);
}

#[tokio::test]
async fn a_panic_in_message_body_does_not_reach_the_function() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    assert_eq!(turn.in_scope(broken_reply), Broken);
    assert_eq!(turn.in_scope(broken_recorded_reply), Broken);
    assert_eq!(turn.run(broken_async_reply()).await, Broken);
    assert_eq!(turn.run(broken_boxed_reply()).await, Ok(Broken));
    assert_eq!(CALLS.get(), 4);
    assert_eq!(test.events_named("Message Received").len(), 0);
    let ledger = test.ledger();
    assert_eq!(ledger.dropped.get(DropReason::Invalid), 4);
    assert!(ledger.is_balanced());
    // The customer has seen none of these replies.
    turn.rate(1);
    let rating = test.events_named("Feedback Submitted");
    assert_eq!(rating[0].message_id(), Some(turn.message_id().as_str()));
}
