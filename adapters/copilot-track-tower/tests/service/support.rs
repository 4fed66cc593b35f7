//! A chat service, and the requests to it.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response};
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use copilot_track::tracked_reply;
use copilot_track_tower::{CONVERSATION_ID_HEADER, RequestConversation, TrackLayer};
use futures_util::{Stream, StreamExt as _, stream};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// Returns a service with a page, a chat, and a chat that streams.
pub(crate) fn app(layer: &TrackLayer) -> Router {
    Router::new()
        .route("/", get(async || "the page"))
        .route("/chat", post(chat))
        .route("/stream", post(stream_chat).get(stream_chat))
        .layer(layer.clone())
}

async fn chat(conversation: RequestConversation, question: String) -> String {
    let turn = conversation.turn(question.clone());
    turn.run(answer(question)).await
}

#[tracked_reply]
async fn answer(question: String) -> String {
    format!("{question} Yes.")
}

async fn stream_chat(
    conversation: RequestConversation,
    question: String,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let turn = conversation.turn(question);
    let words = turn.in_scope(stream_answer);
    Sse::new(words.map(|word| Ok(Event::default().data(word))))
}

#[tracked_reply]
fn stream_answer() -> impl Stream<Item = &'static str> + Send {
    stream::iter(["Hello, ", "world"])
}

/// Sends a request and returns the response.
pub(crate) async fn send(app: &Router, request: Request<Body>) -> Response<Body> {
    app.clone().oneshot(request).await.unwrap()
}

/// Sends a message with headers and returns the headers of the response.
pub(crate) async fn chat_with(app: &Router, headers: &[(&str, &str)]) -> HeaderMap {
    let mut request = Request::post("/chat");
    for (name, value) in headers {
        request = request.header(
            *name,
            axum::http::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    let request = request.body(Body::from("Is it in stock?")).unwrap();
    let response = send(app, request).await;
    assert_eq!(response.status(), 200, "{headers:?}");
    response.headers().clone()
}

/// Returns the conversation id in a response.
pub(crate) fn conversation_id(headers: &HeaderMap) -> String {
    headers[CONVERSATION_ID_HEADER].to_str().unwrap().to_owned()
}

/// Reads a body.
pub(crate) async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}
