//! The attributes and the derive in a package whose only dependency is `copilot-track`. The
//! generated code must not require another crate.

#![deny(warnings)]
#![allow(clippy::panic, reason = "tests")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use copilot_track::testing::TestTracker;
use copilot_track::{
    TrackEvent, tracked_component, tracked_conversation, tracked_feedback, tracked_media,
    tracked_message, tracked_reply, tracked_tool,
};

#[derive(TrackEvent)]
struct ItemsReturned<'a> {
    order_id: u64,
    #[track(rename = "why")]
    reason: Cow<'a, str>,
    quantities: Vec<u32>,
    coupon: Option<String>,
    refund: Option<f64>,
    pair: (bool, char),
    #[track(skip)]
    #[allow(dead_code)]
    secret: [u8; 4],
    #[track(flatten)]
    rest: BTreeMap<String, i64>,
}

#[test]
fn an_event_does_not_require_serde() {
    let test = TestTracker::new();
    test.conversation().track(ItemsReturned {
        order_id: 7,
        reason: "too large".into(),
        quantities: vec![1, 2],
        coupon: None,
        refund: Some(9.5),
        pair: (true, 'ß'),
        secret: *b"4711",
        rest: BTreeMap::from([("parcels".to_owned(), 3)]),
    });
    let event = &test.events()[0];
    assert_eq!(event.name(), "Items Returned");
    event
        .assert_property("orderId", 7)
        .assert_property("why", "too large")
        .assert_property("quantities", vec![1, 2])
        .assert_property("refund", 9.5)
        .assert_property("parcels", 3)
        .assert_no_property("coupon")
        .assert_no_property("secret");
    assert_eq!(event.property("pair").unwrap().to_string(), r#"[true,"ß"]"#);
}

#[allow(clippy::unused_async, reason = "the function is minimal")]
#[tracked_tool(type = "Inventory Request", record(duration, outcome), properties(sku))]
async fn stock(sku: &str) -> Result<u32, std::fmt::Error> {
    if sku.is_empty() {
        return Err(std::fmt::Error);
    }
    Ok(3)
}

#[tracked_media(type = "image", sub_type = "png")]
fn chart() -> Vec<u8> {
    Vec::new()
}

#[tracked_component(type = "Order Card")]
fn card() -> String {
    String::new()
}

#[tracked_feedback(rating = stars)]
fn rate(stars: u8) {}

#[tracked_reply]
async fn answer(question: &str) -> String {
    chart();
    card();
    format!("{question} {:?}", stock("widget").await)
}

#[tracked_message(body = question)]
async fn handle(question: &str) -> String {
    answer(question).await
}

#[tracked_conversation(conversation = conversation)]
async fn session(conversation: copilot_track::Conversation) -> String {
    let reply = handle("Is it in stock?").await;
    rate(5);
    reply
}

/// Runs a future that is never pending.
fn run<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(out) => out,
        Poll::Pending => panic!("the future is pending"),
    }
}

#[test]
fn attributes_require_neither_tokio_nor_futures() {
    let test = TestTracker::new();
    let reply = run(session(test.conversation()));
    assert_eq!(reply, "Is it in stock? Ok(3)");
    test.assert_names(&[
        "Conversation Started",
        "Message Sent",
        "Media Generated",
        "Component Loaded",
        "Action Invoked",
        "Message Received",
        "Feedback Submitted",
        "Conversation Ended",
    ]);
}
