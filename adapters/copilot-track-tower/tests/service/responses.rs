//! What responses contain.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use axum::routing::{get, post};
use copilot_track::testing::TestTracker;
use copilot_track_tower::{RequestConversation, TrackLayer};

use crate::support::{app, conversation_id, send, text};

async fn stream(app: &Router) -> (axum::http::HeaderMap, String) {
    let request = Request::post("/stream").body(Body::from("?")).unwrap();
    let response = send(app, request).await;
    (response.headers().clone(), text(response).await)
}

#[tokio::test]
async fn headers_contain_the_ids_of_conversation_and_reply() {
    let test = TestTracker::new();
    let app = app(&TrackLayer::new(test.tracker()));
    let request = Request::post("/chat")
        .body(Body::from("In stock?"))
        .unwrap();
    let response = send(&app, request).await;
    let received = test.event("Message Received");
    assert_eq!(
        Some(&*conversation_id(response.headers())),
        received.conversation_id()
    );
    let reply_id = response.headers()["copilot-reply-id"].to_str().ok();
    assert_eq!(reply_id, received.message_id());
    assert_eq!(text(response).await, "In stock? Yes.");
}

#[tokio::test]
async fn the_first_event_of_a_stream_contains_the_ids() {
    let test = TestTracker::new();
    let layer = TrackLayer::builder(test.tracker()).sse_event().build();
    let (headers, body) = stream(&app(&layer)).await;
    let received = test.event("Message Received");
    received.assert_property("message_body", "Hello, world");
    let conversation = received.conversation_id().unwrap();
    let reply = received.message_id().unwrap();
    assert_eq!(
        body,
        format!(
            "event: copilot-track\ndata: {{\"conversationId\":\"{conversation}\",\
             \"replyId\":\"{reply}\"}}\n\ndata: Hello, \n\ndata: world\n\n"
        )
    );
    assert_eq!(headers["copilot-reply-id"], reply);
}

#[tokio::test]
async fn streams_are_unchanged_by_default() {
    let test = TestTracker::new();
    let (headers, body) = stream(&app(&TrackLayer::new(test.tracker()))).await;
    assert_eq!(body, "data: Hello, \n\ndata: world\n\n");
    assert!(headers.contains_key("copilot-reply-id"));
}

#[tokio::test]
async fn other_responses_get_no_event() {
    let test = TestTracker::new();
    let layer = TrackLayer::builder(test.tracker()).sse_event().build();
    let app = app(&layer);
    let request = Request::post("/chat").body(Body::from("?")).unwrap();
    assert_eq!(text(send(&app, request).await).await, "? Yes.");

    // No conversation is opened.
    let raw = Router::new()
        .route(
            "/",
            get(async || ([("content-type", "text/event-stream")], "data: a\n\n")),
        )
        .layer(layer);
    let request = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(text(send(&raw, request).await).await, "data: a\n\n");
}

#[tokio::test]
async fn handlers_without_a_conversation_are_not_changed() {
    let test = TestTracker::new();
    let app = app(&TrackLayer::new(test.tracker()));
    for (method, uri, status) in [
        (Method::GET, "/", 200),
        (Method::HEAD, "/", 200),
        (Method::OPTIONS, "/chat", 405),
        (Method::GET, "/missing", 404),
    ] {
        let request = Request::builder().method(&method).uri(uri);
        let request = request.header("copilot-conversation-id", "c-1");
        let response = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), status, "{method} {uri}");
        assert!(!response.headers().contains_key("copilot-conversation-id"));
    }
    test.assert_silent();
}

#[tokio::test]
async fn a_body_that_is_never_polled_sends_no_reply() {
    let test = TestTracker::new();
    let layer = TrackLayer::builder(test.tracker()).sse_event().build();
    let app = app(&layer);
    let request = Request::post("/stream").body(Body::from("?")).unwrap();
    drop(send(&app, request).await);
    test.assert_names(&["Conversation Started", "Message Sent"]);

    // axum does not poll the body of a response to HEAD.
    test.clear();
    let request = Request::head("/stream").body(Body::from("?")).unwrap();
    let response = send(&app, request).await;
    assert_eq!(text(response).await, "");
    test.assert_names(&["Conversation Started", "Message Sent"]);
    assert!(test.ledger().is_balanced());
}

#[tokio::test]
async fn a_header_that_the_handler_sets_is_kept() {
    async fn handler(conversation: RequestConversation) -> ([(&'static str, &'static str); 2], ()) {
        conversation.turn("?").message_received("Yes");
        (
            [
                ("copilot-reply-id", "mine"),
                ("copilot-conversation-id", "mine"),
            ],
            (),
        )
    }
    let test = TestTracker::new();
    let app = Router::new()
        .route("/", post(handler))
        .layer(TrackLayer::new(test.tracker()));
    let response = send(&app, Request::post("/").body(Body::empty()).unwrap()).await;
    assert_eq!(response.headers()["copilot-reply-id"], "mine");
    assert_eq!(conversation_id(response.headers()), "mine");
}
