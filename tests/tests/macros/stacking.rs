//! With other attributes, in both orders. Heavier frameworks stand in `tests/frameworks`.

#![allow(clippy::diverging_sub_expression, clippy::unused_async)] // what `debug_handler` makes

use axum::Json;
use axum::extract::Path;
use copilot_track::testing::TestTracker;
use copilot_track::{tracked_media, tracked_reply, tracked_tool};

#[tracing::instrument(skip_all)]
#[tracked_tool(type = "Lookup")]
async fn tracing_above(sku: &str) -> Result<usize, std::fmt::Error> {
    tokio::task::yield_now().await;
    Ok(sku.len())
}

#[tracked_tool(type = "Lookup", properties(sku))]
#[tracing::instrument(skip_all)]
async fn tracing_below(sku: &str) -> Result<usize, std::fmt::Error> {
    tokio::task::yield_now().await;
    Ok(sku.len())
}

#[tracing::instrument(skip_all, err, ret)]
#[tracked_reply]
fn tracing_above_reply(question: String) -> Result<String, std::fmt::Error> {
    Ok(question)
}

#[tracked_reply]
#[tracing::instrument(skip_all, err, ret)]
async fn tracing_below_reply(question: String) -> Result<String, std::fmt::Error> {
    Ok(question)
}

#[async_trait::async_trait]
trait Tool: Send + Sync {
    #[tracked_tool(type = "Lookup")]
    async fn provided(&self) -> usize {
        self.call("provided").await.unwrap_or_default()
    }

    async fn call(&self, sku: &str) -> Result<usize, std::fmt::Error>;

    async fn reply(&self) -> String;
}

struct Shop;

#[async_trait::async_trait]
impl Tool for Shop {
    #[tracked_tool(type = "Lookup", properties(sku), record(outcome))]
    async fn call(&self, sku: &str) -> Result<usize, std::fmt::Error> {
        tokio::task::yield_now().await;
        Ok(sku.len())
    }

    #[tracing::instrument(skip_all)]
    #[tracked_reply]
    #[tracked_media(type = "audio", sub_type = "mp3")]
    async fn reply(&self) -> String {
        self.call("reply").await.unwrap_or_default().to_string()
    }
}

#[tokio::test]
async fn functions_with_several_attributes_are_tracked() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    turn.run(async {
        assert_eq!(tracing_above("abc").await, Ok(3));
        assert_eq!(tracing_below("abc").await, Ok(3));
        assert_eq!(tracing_above_reply("a".to_owned()), Ok("a".to_owned()));
        assert_eq!(
            tracing_below_reply("b".to_owned()).await,
            Ok("b".to_owned())
        );
        let shop: Box<dyn Tool> = Box::new(Shop);
        assert_eq!(shop.provided().await, 8);
        assert_eq!(shop.reply().await, "5");
    })
    .await;
    assert_eq!(test.events_named("Action Invoked").len(), 5);
    assert_eq!(test.events_named("Message Received").len(), 3);
    assert_eq!(test.events_named("Media Generated").len(), 1);
}

#[tokio::test]
#[tracked_tool(type = "Test")]
async fn tokio_test_above() {
    tokio::task::yield_now().await;
}

#[tracked_tool(type = "Test", record(duration))]
#[tokio::test]
async fn tokio_test_below() {
    tokio::task::yield_now().await;
}

#[axum::debug_handler]
#[tracked_reply(body = |Json(text)| text)]
async fn debug_handler_above(Path(id): Path<u32>) -> Json<String> {
    Json(id.to_string())
}

#[tracked_reply(body = |Json(text)| text)]
#[axum::debug_handler]
async fn debug_handler_below(Path(id): Path<u32>) -> Json<String> {
    Json(id.to_string())
}

#[test]
fn tracked_handlers_are_axum_handlers() {
    let _: axum::Router = axum::Router::new()
        .route("/a/{id}", axum::routing::get(debug_handler_above))
        .route("/b/{id}", axum::routing::get(debug_handler_below));
}

macro_rules! handler {
    ($(#[$attr:meta])* $vis:vis $name:ident($($arg:ident: $ty:ty),*) -> $output:ty $body:block) => {
        $(#[$attr])* $vis async fn $name($($arg: $ty),*) -> $output $body
    };
    (item $item:item) => { #[tracked_tool(type = "Lookup")] $item };
}

handler! {
    #[tracked_tool(type = "Lookup", properties(sku))]
    pub(crate) from_fragments(sku: String) -> Result<String, std::fmt::Error> { Ok(sku) }
}

handler! {
    #[tracked_reply]
    answer_from_fragments(sku: String) -> Result<String, std::fmt::Error> {
        let inner = from_fragments(sku).await?;
        Ok(inner)
    }
}

handler!(item fn from_an_item(sku: &str) -> usize { sku.len() });

#[tokio::test]
async fn functions_generated_by_macros_are_tracked() {
    let test = TestTracker::new();
    let turn = test.conversation().turn("Is it?");
    let answer = turn.run(answer_from_fragments("a".to_owned())).await;
    assert_eq!(answer, Ok("a".to_owned()));
    assert_eq!(turn.in_scope(|| from_an_item("abc")), 3);
    test.event("Message Received")
        .assert_property("message_body", "a");
    assert_eq!(test.events_named("Action Invoked").len(), 2);
}
