//! The layer together with other layers, inside and outside of them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response};
use axum::routing::post;
use copilot_track::testing::TestTracker;
use copilot_track::tracked_tool;
use copilot_track_tower::{AnonymousIdCookie, RequestConversation, TrackLayer};
use http_body_util::BodyExt as _;
use tokio::sync::Notify;
use tower::load_shed::error::Overloaded;
use tower::timeout::error::Elapsed;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt as _};
use tower_http::catch_panic::CatchPanicLayer;

use crate::support::conversation_id;

type Stack = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

#[tracked_tool(type = "Inventory Request", record(outcome))]
async fn never() {
    std::future::pending().await
}

async fn panics(conversation: RequestConversation) {
    conversation.turn("?");
    panic!("expected by this test");
}

/// A service whose handlers hang, panic, or wait.
fn app(started: &Arc<Notify>, may_end: &Arc<Notify>) -> Router {
    let (started, may_end) = (Arc::clone(started), Arc::clone(may_end));
    Router::new()
        .route(
            "/hang",
            post(async |conversation: RequestConversation| {
                conversation.turn("?").run(never()).await;
            }),
        )
        .route("/panic", post(panics))
        .route(
            "/wait",
            post(async move |conversation: RequestConversation| {
                started.notify_one();
                may_end.notified().await;
                conversation.turn("?").message_received("Yes");
            }),
        )
}

/// Makes the types of all stacks the same.
fn boxed<S, B>(service: S) -> Stack
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = axum::body::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let service = service
        .map_response(|response: Response<B>| response.map(Body::new))
        .map_err(Into::into);
    BoxCloneSyncService::new(service)
}

fn request(uri: &str) -> Request<Body> {
    let request = Request::post(uri).header("copilot-conversation-id", "c-1");
    request.body(Body::empty()).unwrap()
}

fn layer(test: &TestTracker) -> TrackLayer {
    TrackLayer::builder(test.tracker())
        .anonymous_id_cookie(AnonymousIdCookie::new())
        .sse_event()
        .build()
}

/// Checks that the conversation still works.
async fn assert_works(stack: &Stack, may_end: &Notify) {
    may_end.notify_one();
    let response = stack.clone().oneshot(request("/wait")).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(conversation_id(response.headers()), "c-1");
}

#[tokio::test]
async fn a_request_that_is_shed_sends_nothing() {
    let test = TestTracker::new();
    let (started, may_end) = <(Arc<Notify>, Arc<Notify>)>::default();
    let outside = ServiceBuilder::new()
        .layer(layer(&test))
        .load_shed()
        .concurrency_limit(1)
        .service(app(&started, &may_end));
    let inside = ServiceBuilder::new()
        .load_shed()
        .concurrency_limit(1)
        .layer(layer(&test))
        .service(app(&started, &may_end));
    for stack in [boxed(outside), boxed(inside)] {
        test.clear();
        let first = tokio::spawn(stack.clone().oneshot(request("/wait")));
        started.notified().await;
        let error = stack.clone().oneshot(request("/wait")).await.unwrap_err();
        assert!(error.is::<Overloaded>(), "{error}");
        may_end.notify_one();
        assert_eq!(first.await.unwrap().unwrap().status(), 200);
        assert_eq!(test.events_named("Message Sent").len(), 1);
        assert_eq!(test.events_named("Message Received").len(), 1);
    }
}

#[tokio::test]
async fn a_request_that_times_out_cancels_its_tools() {
    let test = TestTracker::new();
    let (started, may_end) = <(Arc<Notify>, Arc<Notify>)>::default();
    let timeout = Duration::from_millis(1);
    let outside = ServiceBuilder::new()
        .layer(layer(&test))
        .timeout(timeout)
        .service(app(&started, &may_end));
    let inside = ServiceBuilder::new()
        .timeout(timeout)
        .layer(layer(&test))
        .service(app(&started, &may_end));
    for stack in [boxed(outside), boxed(inside)] {
        test.clear();
        let error = stack.clone().oneshot(request("/hang")).await.unwrap_err();
        assert!(error.is::<Elapsed>(), "{error}");
        test.event("Action Invoked")
            .assert_property("outcome", "cancelled");
        assert_eq!(test.events_named("Message Sent").len(), 1);
    }
}

#[tokio::test]
async fn a_panic_that_another_layer_catches_does_not_break_the_conversation() {
    let test = TestTracker::new();
    let (started, may_end) = <(Arc<Notify>, Arc<Notify>)>::default();
    let outside = ServiceBuilder::new()
        .layer(layer(&test))
        .layer(CatchPanicLayer::new())
        .service(app(&started, &may_end));
    let inside = ServiceBuilder::new()
        .layer(CatchPanicLayer::new())
        .layer(layer(&test))
        .service(app(&started, &may_end));
    for (stack, has_ids) in [(boxed(outside), true), (boxed(inside), false)] {
        test.clear();
        let response = stack.clone().oneshot(request("/panic")).await.unwrap();
        assert_eq!(response.status(), 500);
        let has_id = |headers: &HeaderMap| headers.contains_key("copilot-conversation-id");
        assert_eq!(has_id(response.headers()), has_ids);
        assert!(copilot_track::Conversation::current().is_none());
        assert_eq!(test.events_named("Message Sent").len(), 1);
        assert_works(&stack, &may_end).await;
    }
}

#[tokio::test]
async fn a_layer_inside_another_one_adds_the_ids_once() {
    let test = TestTracker::new();
    let (started, may_end) = <(Arc<Notify>, Arc<Notify>)>::default();
    let stack = ServiceBuilder::new()
        .layer(layer(&test))
        .layer(layer(&test))
        .service(app(&started, &may_end));
    may_end.notify_one();
    let response = stack.oneshot(request("/wait")).await.unwrap();
    for name in ["copilot-conversation-id", "copilot-reply-id", "set-cookie"] {
        assert_eq!(response.headers().get_all(name).iter().count(), 1, "{name}");
    }
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(body.is_empty());
    assert_eq!(test.events_named("Message Sent").len(), 1);
}
