//! The `result(…)` argument: properties that are derived from the returned value.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use copilot_track::testing::TestTracker;
use copilot_track::{
    DropReason, tracked_component, tracked_feedback, tracked_media, tracked_reply, tracked_tool,
    tracked_turn,
};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::shop::OutOfStock;

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

struct Usage {
    total: u64,
}

struct Completion {
    text: String,
    model: String,
    usage: Usage,
}

fn completion(text: &str) -> Result<Completion, OutOfStock> {
    if text.is_empty() {
        return Err(OutOfStock);
    }
    Ok(Completion {
        text: text.to_owned(),
        model: "m-2".to_owned(),
        usage: Usage { total: 7 },
    })
}

#[tracked_reply(body = |r| &r.text, result(model = |r| &r.model, total_tokens = |r| r.usage.total))]
async fn complete(text: &str) -> Result<Completion, OutOfStock> {
    completion(text)
}

#[tracked_turn(message = text, body = |r| &r.text, result(model = |r| r.model.clone(), total_tokens = total))]
fn complete_turn(text: &str) -> Result<Completion, OutOfStock> {
    completion(text)
}

fn total(completion: &Completion) -> u64 {
    completion.usage.total
}

#[tracked_reply(result(model = |_| "m-2", total_tokens = |text| text.len() + 4))]
fn complete_text(text: &str) -> Result<String, OutOfStock> {
    Ok(completion(text)?.text)
}

#[tracked_reply(properties(model = "m-2"), result(total_tokens = |text| text.len() + 4))]
fn complete_later(text: String) -> Later<Result<String, OutOfStock>> {
    Box::pin(async move { Ok(completion(&text)?.text) })
}

#[test]
fn replies_have_properties_of_their_results() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let complete = |text: &'static str| {
        turn.in_scope(|| {
            let _ = complete(text).now_or_never().unwrap();
            let _ = complete_turn(text);
            let _ = complete_text(text);
            let _ = complete_later(text.to_owned()).now_or_never().unwrap();
        });
    };
    complete("");
    assert!(test.events_named("Message Received").is_empty());
    complete("Yes");
    let received = test.events_named("Message Received");
    assert_eq!(received.len(), 4);
    for event in received {
        event.assert_property("message_body", "Yes");
        event.assert_property("model", "m-2");
        event.assert_property("total_tokens", 7);
    }
}

#[tracked_tool(type = "t", result(in_stock = |n| *n > 0))]
async fn tool(n: u32) -> Result<u32, OutOfStock> {
    if n > 9 {
        std::future::pending::<()>().await;
    }
    if n > 1 { Err(OutOfStock) } else { Ok(n) }
}

#[tracked_tool(type = "t", record(outcome), result(in_stock = |n| *n > 0), media(type = "a", sub_type = "b"))]
fn recorded(n: u32) -> Result<u32, OutOfStock> {
    if n > 1 { Err(OutOfStock) } else { Ok(n) }
}

#[tracked_tool(type = "t", result(in_stock = |n| *n > 0, whole = |result: &Result<u32, OutOfStock>| result.is_ok()))]
fn boxed<'a>(n: u32) -> BoxFuture<'a, Result<u32, OutOfStock>> {
    async move { if n > 1 { Err(OutOfStock) } else { Ok(n) } }.boxed()
}

#[tracked_tool(type = "t", record(outcome = |n| *n < 2), result(in_stock = |n| *n > 0))]
fn hidden(n: u32) -> Later<u32> {
    Box::pin(async move { n })
}

#[test]
fn tools_have_properties_of_their_results() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.in_scope(|| {
        for n in 0..3 {
            let _ = tool(n).now_or_never().unwrap();
            let _ = recorded(n);
            let _ = boxed(n).now_or_never().unwrap();
            hidden(n).now_or_never().unwrap();
        }
        assert!(tool(10).now_or_never().is_none());
    });
    let in_stock: Vec<_> = test
        .events_named("Action Invoked")
        .iter()
        .map(|event| event.property("in_stock").map(|value| value == true))
        .collect();
    let (no, yes) = (Some(false), Some(true));
    assert_eq!(
        in_stock,
        [
            no, no, no, no, yes, yes, yes, yes, None, None, None, yes, None
        ]
    );
    let whole = test.events_named("Action Invoked");
    for (index, expected) in [(2, true), (6, true), (10, false)] {
        whole[index].assert_property("whole", expected);
    }
    assert_eq!(test.events_named("Media Generated").len(), 2);
}

#[tracked_media(type = "image", sub_type = "png", result(size = Vec::len, head = |png| png.first().copied()))]
fn media() -> Vec<u8> {
    vec![1, 2, 3]
}

#[tracked_component(type = "c", result(points = |points| BTreeMap::from([("all", points.len())])))]
async fn component() -> Result<Vec<u8>, OutOfStock> {
    Ok(vec![1])
}

#[tracked_feedback(rating = 5, result(stored = |id| format!("r{id}")))]
fn feedback() -> Later<u32> {
    Box::pin(async { 4 })
}

#[test]
fn other_events_have_properties_of_their_results() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.in_scope(|| {
        media();
        component().now_or_never().unwrap().unwrap();
        feedback().now_or_never().unwrap();
    });
    let media = test.event("Media Generated");
    media.assert_property("size", 3);
    media.assert_property("head", 1);
    test.event("Component Loaded")
        .assert_property("points", serde_json::json!({ "all": 1 }));
    test.event("Feedback Submitted")
        .assert_property("stored", "r4");
}

fn panics<T>() -> T {
    std::panic::resume_unwind(Box::new("in an argument"))
}

#[tracked_tool(type = "t", result(a = |_| panics::<u8>()))]
async fn tool_panics() -> u8 {
    1
}

#[tracked_media(type = "image", sub_type = "png", result(a = |_| panics::<u8>()))]
fn media_panics() -> u8 {
    1
}

#[tracked_reply(result(a = |_| panics::<u8>()))]
fn reply_panics() -> Later<String> {
    Box::pin(async { "Yes".to_owned() })
}

#[test]
fn panics_in_closures_are_contained_and_counted() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.in_scope(|| {
        assert_eq!(tool_panics().now_or_never(), Some(1));
        assert_eq!(media_panics(), 1);
        assert_eq!(reply_panics().now_or_never().as_deref(), Some("Yes"));
    });
    test.assert_names(&["Conversation Started", "Message Sent"]);
    assert_eq!(test.ledger().dropped.get(DropReason::Invalid), 3);
}
