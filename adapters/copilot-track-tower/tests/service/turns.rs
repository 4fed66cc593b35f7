//! Turns of other services.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::post;
use copilot_track::testing::TestTracker;
use copilot_track::{Conversation, TurnContext, User, tracked_tool};
use copilot_track_tower::{RequestConversation, RequestTurn, TrackLayer};
use futures_util::stream;

use crate::support::{send, text};

#[tracked_tool(type = "Inventory Request")]
async fn stock_level() -> &'static str {
    tokio::task::yield_now().await;
    "3"
}

/// A tool server. Its handlers do not mention tracking.
fn tools(layer: TrackLayer) -> Router {
    Router::new()
        .route("/stock", post(stock_level))
        .route(
            "/stream",
            post(async || {
                let words = stream::once(async { Ok::<_, std::io::Error>(stock_level().await) });
                Body::from_stream(words)
            }),
        )
        .route(
            "/turn",
            post(async |RequestTurn(turn): RequestTurn| turn.message_id().to_string()),
        )
        .route(
            "/maybe",
            post(async |turn: Option<RequestTurn>| turn.is_some().to_string()),
        )
        .route(
            "/conversation",
            post(async |conversation: RequestConversation| conversation.id().to_string()),
        )
        .layer(layer)
}

fn accepting(test: &TestTracker) -> TrackLayer {
    TrackLayer::builder(test.tracker())
        .accept_turn_contexts()
        .build()
}

/// Returns the context of a turn in another service, and the id of its message.
fn other_service() -> (HeaderMap, Conversation, String) {
    let chat = TestTracker::new();
    let conversation = chat.tracker().conversation(User::known("123").unwrap());
    let turn = conversation.turn("Is it in stock?");
    let mut headers = HeaderMap::new();
    turn.context().inject(&mut headers);
    (headers, conversation, turn.message_id().to_string())
}

async fn call(app: &Router, uri: &str, headers: &HeaderMap) -> (StatusCode, String) {
    let mut request = Request::post(uri).body(Body::empty()).unwrap();
    request.headers_mut().extend(headers.clone());
    let response = send(app, request).await;
    (response.status(), text(response).await)
}

#[tokio::test]
async fn the_turn_is_current_in_the_handler_and_in_its_body() {
    let (headers, conversation, message_id) = other_service();
    for uri in ["/stock", "/stream"] {
        let test = TestTracker::new();
        let app = tools(accepting(&test));
        assert_eq!(
            call(&app, uri, &headers).await,
            (StatusCode::OK, "3".to_owned())
        );
        test.assert_names(&["Action Invoked"]);
        let event = test.event("Action Invoked");
        assert_eq!(event.conversation_id(), Some(conversation.id().as_str()));
        assert_eq!(event.message_id(), Some(&*message_id));
        assert_eq!(event.user_id(), Some("123"));
    }
}

#[tokio::test]
async fn extractors_return_the_turn_and_its_conversation() {
    let (headers, conversation, message_id) = other_service();
    let test = TestTracker::new();
    let app = tools(accepting(&test));
    assert_eq!(call(&app, "/turn", &headers).await.1, message_id);
    assert_eq!(call(&app, "/maybe", &headers).await.1, "true");
    assert_eq!(
        call(&app, "/conversation", &headers).await.1,
        conversation.id().as_str()
    );

    let none = HeaderMap::new();
    assert_eq!(call(&app, "/turn", &none).await.0, 400);
    assert_eq!(call(&app, "/maybe", &none).await.1, "false");
    assert_eq!(call(&app, "/stock", &none).await.1, "3");
    test.assert_silent();
}

#[tokio::test]
async fn turns_are_not_accepted_by_default() {
    let (headers, ..) = other_service();
    let test = TestTracker::new();
    let app = tools(TrackLayer::new(test.tracker()));
    assert_eq!(call(&app, "/maybe", &headers).await.1, "false");
    assert_eq!(call(&app, "/stock", &headers).await.1, "3");
    test.assert_silent();
}

#[tokio::test]
async fn a_context_that_cannot_be_read_is_counted() {
    let test = TestTracker::new();
    let layer = accepting(&test);
    let app = tools(layer.clone());
    let long = format!("v1.{}", "A".repeat(10_000));
    for (count, token) in (1..).zip(["v1", "v1.", "v1.e30", "v2.e30", "null", &long]) {
        let mut headers = HeaderMap::new();
        headers.insert(TurnContext::KEY, token.parse().unwrap());
        assert_eq!(call(&app, "/stock", &headers).await.0, 200, "{token}");
        assert_eq!(layer.counts().invalid_turn_contexts, count, "{token}");
    }
    // An empty header means that there is no context.
    let empty = HeaderMap::from_iter([(TurnContext::KEY.parse().unwrap(), "".parse().unwrap())]);
    assert_eq!(call(&app, "/maybe", &empty).await.1, "false");
    let not_ascii = axum::http::HeaderValue::from_bytes(b"v1.\xff").unwrap();
    let headers = HeaderMap::from_iter([(TurnContext::KEY.parse().unwrap(), not_ascii)]);
    assert_eq!(call(&app, "/stock", &headers).await.0, 200);
    assert_eq!(layer.counts().invalid_turn_contexts, 7);
    test.assert_silent();
}
