//! `#[tracked_turn]`: a message from the customer and its reply.

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use copilot_track::testing::TestTracker;
use copilot_track::{Conversation, MessageId, Tracker, Turn, User, tracked_turn};
use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};

use crate::shop::{OutOfStock, stock_level};

#[derive(serde::Deserialize)]
struct Request {
    text: String,
}

/// Checks the events of one turn that calls a tool.
#[track_caller]
fn assert_turn(test: &TestTracker, message: &str, reply: &str) {
    test.assert_names(&[
        "Conversation Started",
        "Message Sent",
        "Action Invoked",
        "Message Received",
    ]);
    test.event("Message Sent")
        .assert_property("message_body", message);
    let received = test.event("Message Received");
    received.assert_property("message_body", reply);
    let id = received.message_id();
    assert_eq!(test.event("Action Invoked").message_id(), id);
    assert_ne!(test.event("Message Sent").message_id(), id);
    assert_eq!(MessageId::current(), None);
}

#[tracked_turn(conversation = conversation, message = text)]
async fn by_reference(conversation: &Conversation, text: &str) -> Result<String, OutOfStock> {
    let turn = Turn::current().unwrap();
    assert_eq!(turn.reply_id(), MessageId::current());
    stock_level(text, false).await.unwrap();
    assert_eq!(conversation.message_count(), 1);
    Ok("Yes".to_owned())
}

#[tracked_turn(conversation = conversation, message = text)]
async fn by_value(conversation: Conversation, text: String) -> String {
    stock_level(&text, false).await.unwrap();
    drop((conversation, text));
    "Yes".to_owned()
}

#[tracked_turn(
    conversation = app.0,
    message = request.text,
    body = |Json(reply)| reply.as_str(),
    message_id = "msg1",
    role = "human_agent",
    properties(length = request.text.len()),
    record(duration)
)]
async fn extractors(
    State(app): State<Arc<(Conversation, u8)>>,
    Extension(_): Extension<u8>,
    Json(request): Json<Request>,
) -> Json<String> {
    stock_level(&request.text, false).await.unwrap();
    Json("Yes".to_owned())
}

#[tracked_turn(conversation = tracker.conversation(user.clone()), message = format!("Is {}?", text))]
fn sync_turn(tracker: &Tracker, user: User, text: &str) -> Result<&'static str, OutOfStock> {
    let _ = (tracker, text);
    stock_level("it", false).now_or_never().unwrap()?;
    Ok("Yes")
}

struct Shop {
    conversation: Option<Conversation>,
}

impl Shop {
    #[tracked_turn(conversation = &self.conversation, message = Some(text))]
    async fn method(&mut self, text: &str) -> String {
        stock_level(text, false).await.unwrap();
        self.conversation = None;
        "Yes".to_owned()
    }

    #[tracked_turn(conversation = self.conversation, message = text)]
    fn boxed(&self, text: String) -> BoxFuture<'_, String> {
        Box::pin(async move {
            stock_level(&text, false).await.unwrap();
            "Yes".to_owned()
        })
    }
}

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

#[tracked_turn(conversation = conversation, message = text)]
fn hidden_future(conversation: Conversation, text: String) -> Later<String> {
    drop(conversation);
    Box::pin(async move {
        stock_level(&text, false).await.unwrap();
        "Yes".to_owned()
    })
}

#[tokio::test]
async fn a_turn_sends_the_message_and_the_reply() {
    let test = TestTracker::new();
    assert!(by_reference(&test.conversation(), "Is it?").await.is_ok());
    assert_turn(&test, "Is it?", "Yes");

    let test = TestTracker::new();
    by_value(test.conversation(), "Is it?".to_owned()).await;
    assert_turn(&test, "Is it?", "Yes");

    let test = TestTracker::new();
    let request = Request {
        text: "Is it?".to_owned(),
    };
    let app = Arc::new((test.conversation(), 1));
    let _ = extractors(State(app), Extension(1), Json(request)).await;
    assert_turn(&test, "Is it?", "Yes");
    let received = test.event("Message Received");
    assert_eq!(received.message_id(), Some("msg1"));
    received.assert_property("role", "human_agent");
    received.assert_property("length", 6);
    assert!(received.property("duration_ms").is_some());

    let test = TestTracker::new();
    let user = User::known("123").unwrap();
    assert_eq!(sync_turn(test.tracker(), user, "it"), Ok("Yes"));
    assert_turn(&test, "Is it?", "Yes");

    let test = TestTracker::new();
    let conversation = Some(test.conversation());
    Shop { conversation }.method("Is it?").await;
    assert_turn(&test, "Is it?", "Yes");

    let test = TestTracker::new();
    let conversation = Some(test.conversation());
    Shop { conversation }.boxed("Is it?".to_owned()).await;
    assert_turn(&test, "Is it?", "Yes");

    let test = TestTracker::new();
    let future = hidden_future(test.conversation(), "Is it?".to_owned());
    test.assert_silent();
    future.await;
    assert_turn(&test, "Is it?", "Yes");
}

#[test]
fn a_turn_is_an_axum_handler() {
    let conversation = TestTracker::new().conversation();
    let _: axum::Router = axum::Router::new()
        .route("/", axum::routing::post(extractors))
        .with_state(Arc::new((conversation, 1)));
}

#[tracked_turn(conversation = conversation, message = text)]
fn stream_turn(conversation: &Conversation, text: &str) -> impl Stream<Item = String> + use<> {
    assert_eq!(conversation.message_count(), 1);
    let text = text.to_owned();
    stream::iter(["Ye", "s"]).then(move |part| {
        let text = text.clone();
        async move {
            if part == "Ye" {
                stock_level(&text, false).await.unwrap();
            }
            part.to_owned()
        }
    })
}

#[tracked_turn(conversation = conversation, message = text)]
async fn late_stream(
    conversation: Conversation,
    text: String,
) -> Result<impl Stream<Item = String>, OutOfStock> {
    stock_level(&text, false).await.unwrap();
    drop(conversation);
    Ok(stream::iter(["Ye", "s"].map(ToOwned::to_owned)))
}

#[tracked_turn(conversation = conversation, message = text)]
fn boxed_stream(conversation: Conversation, text: String) -> BoxStream<'static, Option<String>> {
    drop(conversation);
    stream::iter([Some("Yes".to_owned()), None])
        .then(move |part| {
            let tool = part.is_some().then(|| stock_level("it", false));
            async move {
                if let Some(tool) = tool {
                    tool.await.unwrap();
                }
                part
            }
        })
        .chain(stream::once(async move { text.is_empty().then_some(text) }))
        .boxed()
}

#[tokio::test]
async fn a_turn_can_stream_its_reply() {
    let test = TestTracker::new();
    let parts: Vec<_> = stream_turn(&test.conversation(), "Is it?").collect().await;
    assert_eq!(parts, ["Ye", "s"]);
    assert_turn(&test, "Is it?", "Yes");

    let test = TestTracker::new();
    let stream = late_stream(test.conversation(), "Is it?".to_owned()).await;
    assert_eq!(stream.unwrap().count().await, 2);
    assert_turn(&test, "Is it?", "Yes");

    let test = TestTracker::new();
    let stream = boxed_stream(test.conversation(), "Is it?".to_owned());
    assert_eq!(stream.count().await, 3);
    assert_turn(&test, "Is it?", "Yes");
}

#[tracked_turn(message = text)]
fn current_turn(text: &str) -> impl Stream<Item = String> + use<> {
    stream::iter([text.to_owned()])
}

#[tokio::test]
async fn a_stream_without_a_conversation_starts_its_turn_when_it_is_polled() {
    let test = TestTracker::new();
    let stream = current_turn("Is it?");
    test.conversation().run(stream.count()).await;
    test.assert_names(&["Conversation Started", "Message Sent", "Message Received"]);
    let outside = test.ledger().emitted;
    assert_eq!(current_turn("Is it?").count().await, 1);
    assert_eq!(test.ledger().emitted, outside);
}

#[tracked_turn(conversation = conversation, message = text)]
async fn slow(conversation: &Conversation, text: &str) -> Result<String, OutOfStock> {
    let _ = conversation;
    if text.is_empty() {
        return Err(OutOfStock);
    }
    std::future::pending().await
}

#[tokio::test]
async fn a_turn_that_fails_or_is_cancelled_has_no_reply() {
    let test = TestTracker::new();
    let conversation = test.conversation();
    assert!(slow(&conversation, "").await.is_err());
    assert!(slow(&conversation, "Is it?").now_or_never().is_none());
    test.assert_names(&["Conversation Started", "Message Sent", "Message Sent"]);
    assert_eq!(conversation.message_count(), 2);
    assert_eq!(MessageId::current(), None);

    let test = TestTracker::new();
    let mut stream = Box::pin(stream_turn(&test.conversation(), "Is it?"));
    assert_eq!(stream.next().await.as_deref(), Some("Ye"));
    drop(stream);
    let received = test.event("Message Received");
    received.assert_property("message_body", "Ye");
    received.assert_property("completion", "cancelled");
}
