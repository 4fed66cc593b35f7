//! The layer for HTTP clients.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::http::{Request, Response, StatusCode, Uri};
use copilot_track::testing::TestTracker;
use copilot_track::{Reply, TurnContext, tracked_reply};
use copilot_track_tower::InjectTurnLayer;
use http_body_util::Empty;
use tower::{Layer as _, Service, ServiceBuilder, ServiceExt as _};
use tower_http::follow_redirect::FollowRedirectLayer;

type Body = Empty<&'static [u8]>;
type Seen = Arc<Mutex<Vec<(String, Option<String>)>>>;

/// A client that records each request. Its servers redirect `/redirect` to another host.
fn recording(
    seen: &Seen,
) -> impl Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
+ Clone
+ use<> {
    let seen = Arc::clone(seen);
    tower::service_fn(move |request: Request<Body>| {
        let context = request.headers().get(TurnContext::KEY);
        let context = context.map(|value| value.to_str().unwrap().to_owned());
        seen.lock()
            .unwrap()
            .push((request.uri().to_string(), context));
        let mut response = Response::new(Body::new());
        if request.uri().path() == "/redirect" {
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            let to = "https://evil.example/".parse().unwrap();
            response.headers_mut().insert("location", to);
        }
        std::future::ready(Ok::<_, Infallible>(response))
    })
}

fn request(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::new()).unwrap()
}

/// Sends a request in a turn and returns whether it contained the turn.
async fn is_injected(origins: &[&str], uri: &str) -> bool {
    let seen = Seen::default();
    let client = InjectTurnLayer::new(origins)
        .unwrap()
        .layer(recording(&seen));
    let test = TestTracker::new();
    let turn = test.conversation().turn("?");
    turn.run(client.oneshot(request(uri))).await.unwrap();
    let seen = seen.lock().unwrap();
    seen[0].1.is_some()
}

#[tokio::test]
async fn only_listed_origins_get_the_turn() {
    let origins = ["https://tools.example", "http://127.0.0.1:8080"];
    for (uri, expected) in [
        ("https://tools.example/stock?sku=1", true),
        ("https://TOOLS.example:443/", true),
        ("http://127.0.0.1:8080/", true),
        ("http://tools.example/", false),
        ("https://tools.example:8443/", false),
        ("http://127.0.0.1:8081/", false),
        ("http://127.0.0.1/", false),
        ("https://tools.example.evil.example/", false),
        ("https://eviltools.example/", false),
        ("https://tools.example@evil.example/", false),
        ("https://tools.example./", false),
        ("/relative", false),
    ] {
        assert_eq!(is_injected(&origins, uri).await, expected, "{uri}");
    }
    assert!(!is_injected(&[], "https://tools.example/").await);
}

#[tokio::test]
async fn a_redirect_to_another_host_does_not_carry_the_turn() {
    let seen = Seen::default();
    let client = ServiceBuilder::new()
        .layer(FollowRedirectLayer::new())
        .layer(InjectTurnLayer::new(["https://tools.example"]).unwrap())
        .service(recording(&seen));
    let test = TestTracker::new();
    let turn = test.conversation().turn("?");
    let mut carrier = request("https://tools.example/redirect");
    // Even a context that the application adds itself is removed.
    turn.context().inject(carrier.headers_mut());
    turn.run(client.oneshot(carrier)).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert!(seen[0].1.is_some());
    assert_eq!(seen[1], ("https://evil.example/".to_owned(), None));
}

#[tokio::test]
async fn the_context_contains_the_current_reply() {
    #[tracked_reply]
    async fn answer(
        client: impl Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>,
    ) -> String {
        client
            .oneshot(request("https://tools.example/"))
            .await
            .unwrap();
        Reply::current().id().unwrap().to_string()
    }
    let seen = Seen::default();
    let layer = InjectTurnLayer::new(["https://tools.example"]).unwrap();
    let test = TestTracker::new();
    let turn = test.conversation().turn("?");
    let reply_id = turn.run(answer(layer.layer(recording(&seen)))).await;
    let seen = seen.lock().unwrap();
    let context: TurnContext = seen[0].1.as_ref().unwrap().parse().unwrap();
    assert_eq!(context.reply_id().unwrap().as_str(), reply_id);
    assert_eq!(context.conversation_id(), turn.conversation().id());
}

#[tokio::test]
async fn outside_a_turn_a_listed_origin_gets_the_header_as_it_is() {
    let layer = InjectTurnLayer::new(["https://tools.example"]).unwrap();
    let mut headers = axum::http::HeaderMap::new();
    headers.insert(TurnContext::KEY, "v1.e30".parse().unwrap());
    layer.inject(&Uri::from_static("https://tools.example/"), &mut headers);
    assert_eq!(headers[TurnContext::KEY], "v1.e30");
    layer.inject(&Uri::from_static("https://evil.example/"), &mut headers);
    assert!(headers.is_empty());
}
