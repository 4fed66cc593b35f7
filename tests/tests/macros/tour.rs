//! A typical program that uses most attributes, and the events that it sends.

use copilot_track::testing::TestTracker;
use copilot_track::{TrackEvent, tracked_media, tracked_reply, tracked_tool};
use futures_util::{Stream, StreamExt as _, stream};

#[derive(Debug)]
struct StockError;

#[derive(Debug)]
struct LlmError;

#[tracked_tool(type = "Inventory Request", action = "check stock level")]
async fn stock_level(sku: &str) -> Result<u32, StockError> {
    tokio::task::yield_now().await;
    if sku == "widget" {
        Ok(3)
    } else {
        Err(StockError)
    }
}

#[tracked_media(type = "image", sub_type = "png")]
async fn price_chart(sku: &str) -> Vec<u8> {
    tokio::task::yield_now().await;
    sku.as_bytes().to_vec()
}

#[tracked_reply]
async fn answer(question: &str) -> String {
    let stock = stock_level("widget").await;
    let _png = price_chart("widget").await;
    format!("{question} {stock:?} left")
}

#[tracked_reply]
fn answer_streaming(question: String) -> impl Stream<Item = Result<String, LlmError>> {
    stream::iter([Ok(question), Ok(" Yes.".to_owned())])
}

#[derive(TrackEvent)]
struct ItemPurchased {
    item_id: String,
    item_name: String,
    item_price: f64,
    currency: Option<String>,
}

#[tokio::test]
async fn the_tour_sends_its_events() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    let turn = conversation.turn("Is the Super Widget in stock?");
    let reply = turn.run(answer("Is it?")).await;
    assert_eq!(reply, "Is it? Ok(3) left");
    conversation.track(ItemPurchased {
        item_id: "item101112".into(),
        item_name: "Super Widget".into(),
        item_price: 19.99,
        currency: None,
    });
    test.assert_names(&[
        "Conversation Started",
        "Message Sent",
        "Action Invoked",
        "Media Generated",
        "Message Received",
        "Item Purchased",
    ]);
    let reply_id = turn.reply_id().unwrap();
    for event in ["Action Invoked", "Media Generated", "Message Received"] {
        let event = test.event(event);
        assert_eq!(
            event.message_id(),
            Some(reply_id.as_str()),
            "{}",
            event.name()
        );
    }
    test.event("Action Invoked")
        .assert_property("type", "Inventory Request")
        .assert_property("action", "check stock level")
        .assert_property("role", "customer");
    test.event("Message Received")
        .assert_property("message_body", "Is it? Ok(3) left")
        .assert_property("role", "agent");
    test.event("Item Purchased")
        .assert_property("itemPrice", 19.99)
        .assert_no_property("currency");
}

#[tokio::test]
async fn a_streamed_answer_is_sent_when_it_ends() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let stream = turn.in_scope(|| answer_streaming("Is it?".to_owned()));
    assert_eq!(test.events_named("Message Received").len(), 0);
    let items: Vec<_> = stream.map(Result::unwrap).collect().await;
    assert_eq!(items, ["Is it?", " Yes."]);
    let events = test.events_named("Message Received");
    assert_eq!(events.len(), 1);
    events[0]
        .assert_property("message_body", "Is it? Yes.")
        .assert_property_names(&["conversationId", "messageId", "message_body", "role"]);
}
