//! The `when` argument: a condition on which the event is sent.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;

use copilot_track::testing::TestTracker;
use copilot_track::{
    Conversation, DropReason, MessageId, Turn, tracked_component, tracked_conversation,
    tracked_feedback, tracked_media, tracked_message, tracked_reply, tracked_tool, tracked_turn,
};
use futures_util::FutureExt as _;
use futures_util::stream::{self, Stream, StreamExt as _};

use crate::shop::{OutOfStock, stock_level};

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

#[tracked_tool(type = "t", when = !sku.is_empty())]
async fn tool(sku: String) -> usize {
    drop(sku);
    1
}

#[tracked_tool(type = "t", record(outcome), result(a = |_| 1), media(type = "a", sub_type = "b"), when = !sku.is_empty())]
fn recorded(sku: &str) -> Result<u8, OutOfStock> {
    let _ = sku;
    Ok(1)
}

#[tracked_media(type = "image", sub_type = "png", when = !sku.is_empty())]
fn media(sku: String) -> Later<u8> {
    drop(sku);
    Box::pin(async { 1 })
}

#[tracked_component(type = "c", when = !sku.is_empty())]
fn component(sku: &str) -> impl Future<Output = u8> {
    let _ = sku;
    async { 1 }
}

#[tracked_feedback(rating = 1, when = !sku.is_empty())]
fn feedback(sku: &str) {
    let _ = sku;
}

fn call_all(sku: &str) {
    assert_eq!(tool(sku.to_owned()).now_or_never(), Some(1));
    assert_eq!(recorded(sku), Ok(1));
    assert_eq!(media(sku.to_owned()).now_or_never(), Some(1));
    assert_eq!(component(sku).now_or_never(), Some(1));
    feedback(sku);
}

#[test]
fn an_event_is_sent_only_if_its_condition_is_met() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.in_scope(|| call_all(""));
    test.assert_names(&["Conversation Started", "Message Sent"]);
    assert_eq!(test.ledger().emitted, 2);
    turn.in_scope(|| call_all("widget"));
    test.assert_names(&[
        "Conversation Started",
        "Message Sent",
        "Action Invoked",
        "Action Invoked",
        "Media Generated",
        "Media Generated",
        "Component Loaded",
        "Feedback Submitted",
    ]);
}

#[test]
fn calls_whose_condition_is_not_met_are_not_counted() {
    let test = TestTracker::new();
    let before = test.ledger().out_of_scope;
    call_all("");
    let unmet = test.ledger().out_of_scope - before;
    call_all("widget");
    let met = test.ledger().out_of_scope - before - unmet;
    // Other tests of this process may count calls at the same time.
    assert!(met >= 5, "{unmet} {met}");
}

#[tracked_reply(when = send)]
async fn reply(send: bool) -> String {
    stock_level("widget", false).await.unwrap();
    "Yes".to_owned()
}

#[tracked_reply(when = send, message_id = "msg1", media(type = "audio", sub_type = "mp3"))]
fn stream_reply(send: bool) -> impl Stream<Item = String> {
    stream::once(reply_text())
}

async fn reply_text() -> String {
    stock_level("widget", false).await.unwrap();
    "Yes".to_owned()
}

#[tokio::test]
async fn an_unsent_reply_keeps_its_scope() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    let turn = conversation.turn("Is it?");
    turn.run(reply(false)).await;
    let id = turn.reply_id().unwrap();
    assert_eq!(test.event("Action Invoked").message_id(), Some(id.as_str()));
    turn.rate(1);
    let rated = test.event("Feedback Submitted");
    assert_eq!(rated.message_id(), Some(turn.message_id().as_str()));
    turn.run(stream_reply(false).count()).await;
    assert_eq!(test.events().last().unwrap().message_id(), Some("msg1"));
    assert!(test.events_named("Message Received").is_empty());
    assert!(test.events_named("Media Generated").is_empty());
    assert_eq!(conversation.message_count(), 1);
    turn.run(reply(true)).await;
    turn.run(stream_reply(true).count()).await;
    assert_eq!(test.events_named("Message Received").len(), 2);
    assert_eq!(test.events_named("Media Generated").len(), 1);
}

#[tracked_message(body = text, message_id = id, conversation = conversation, when = !is_retry)]
async fn message(conversation: &Conversation, text: &str, id: &str, is_retry: bool) {
    let _ = (conversation, text, is_retry);
    assert_eq!(MessageId::current().unwrap().as_str(), id);
    assert_eq!(Turn::current().unwrap().message_id().as_str(), id);
}

#[tracked_turn(conversation = conversation, message = text, when = !text.is_empty())]
fn turn(conversation: &Conversation, text: &str) -> String {
    let _ = conversation;
    assert!(Turn::current().is_some());
    text.to_owned()
}

#[tracked_conversation(conversation = conversation, when = track)]
async fn session(conversation: Conversation, track: bool) {
    let current = Conversation::current().unwrap();
    assert_eq!(current.id(), conversation.id());
    let _ = track;
}

#[tokio::test]
async fn unsent_messages_and_conversations_keep_their_scopes() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    session(conversation.clone(), false).await;
    message(&conversation, "Is it?", "m1", true).await;
    turn(&conversation, "");
    assert_eq!(conversation.message_count(), 0);
    assert!(test.events().is_empty());
    message(&conversation, "Is it?", "m1", false).await;
    turn(&conversation, "And now?");
    session(conversation.clone(), true).await;
    test.assert_names(&[
        "Conversation Started",
        "Message Sent",
        "Message Sent",
        "Message Received",
        "Conversation Ended",
    ]);
}

fn panics<T>() -> T {
    std::panic::resume_unwind(Box::new("in an argument"))
}

#[tracked_tool(type = "t", when = panics::<bool>())]
fn tool_panics() -> u8 {
    1
}

#[tracked_media(type = "image", sub_type = "png", when = panics())]
fn media_panics() -> Later<u8> {
    Box::pin(async { 1 })
}

#[tracked_reply(when = panics())]
fn stream_panics() -> impl Stream<Item = String> {
    stream::iter(["Yes".to_owned()])
}

#[tracked_turn(message = "Is it?", when = panics())]
async fn turn_panics() -> String {
    "Yes".to_owned()
}

#[test]
fn panics_in_conditions_are_contained_and_counted() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    conversation.in_scope(|| {
        assert_eq!(tool_panics(), 1);
        assert_eq!(media_panics().now_or_never(), Some(1));
        assert_eq!(stream_panics().count().now_or_never(), Some(1));
        assert_eq!(turn_panics().now_or_never().as_deref(), Some("Yes"));
    });
    assert!(test.events().is_empty());
    assert_eq!(test.ledger().dropped.get(DropReason::Invalid), 4);
}

/// Counts its calls in the cell, and is met.
fn counted(calls: &Cell<u32>) -> bool {
    calls.set(calls.get() + 1);
    true
}

#[tracked_tool(type = "t", media(type = "a", sub_type = "b"), when = counted(calls))]
fn sync_with_media(calls: &Cell<u32>) -> u8 {
    let _ = calls;
    1
}

#[tracked_tool(type = "t", media(type = "a", sub_type = "b"), when = counted(calls))]
async fn async_with_media(calls: &Cell<u32>) -> Result<u8, OutOfStock> {
    let _ = calls;
    std::future::ready(()).await;
    Ok(1)
}

#[tracked_tool(type = "t", media(type = "a", sub_type = "b"), when = counted(calls))]
fn future_with_media(calls: &Cell<u32>) -> impl Future<Output = u8> {
    let _ = calls;
    async { 1 }
}

#[tracked_tool(type = "t", media(type = "a", sub_type = "b"), when = counted(calls))]
fn alias_with_media(calls: &Cell<u32>) -> Later<u8> {
    let _ = calls;
    Box::pin(async { 1 })
}

#[test]
fn the_condition_of_a_tool_with_media_is_evaluated_once() {
    let test = TestTracker::new();
    let calls = Cell::new(0);
    test.conversation().turn("Is it?").in_scope(|| {
        assert_eq!(sync_with_media(&calls), 1);
        assert_eq!(calls.get(), 1);
        assert_eq!(async_with_media(&calls).now_or_never(), Some(Ok(1)));
        assert_eq!(calls.get(), 2);
        assert_eq!(future_with_media(&calls).now_or_never(), Some(1));
        assert_eq!(calls.get(), 3);
        assert_eq!(alias_with_media(&calls).now_or_never(), Some(1));
        assert_eq!(calls.get(), 4);
    });
    assert_eq!(test.events_named("Action Invoked").len(), 4);
    assert_eq!(test.events_named("Media Generated").len(), 4);
}
