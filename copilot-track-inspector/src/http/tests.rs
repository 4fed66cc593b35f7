//! Tests of slow bodies, on a paused clock.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Method, Request},
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};
use tower_service::Service as _;

use super::{access::Access, router::router};
use crate::{
    app::App,
    chaos::switch::ChaosSwitch,
    store::{event_store::EventStore, query::EventFilter, read::ReadStore, status::Capacity},
};

const CALL: &str = r#"{"type":"track","event":"E","userId":"u"}"#;

fn app() -> Arc<App> {
    let capacity = Capacity {
        events: 100,
        bytes: 1 << 20,
    };
    Arc::new(App::new(
        EventStore::in_memory(capacity),
        ChaosSwitch::new(None, 0),
        None,
    ))
}

/// Returns a body that arrives in pieces, with a pause before each piece. After the last piece, the
/// body ends or stalls forever.
fn body(pieces: Vec<&'static str>, pause: Duration, ends: bool) -> Body {
    let pieces = stream::iter(pieces).then(move |piece| async move {
        sleep(pause).await;
        Ok::<_, Infallible>(Bytes::from(piece))
    });
    if ends {
        Body::from_stream(pieces)
    } else {
        Body::from_stream(pieces.chain(stream::pending()))
    }
}

/// Sends a request. Returns the status and the body of the response, and the number of seconds
/// until the response arrived.
async fn send(app: &Arc<App>, method: Method, path: &str, body: Body) -> (u16, Value, u64) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .body(body)
        .unwrap();
    let start = Instant::now();
    let response = timeout(
        Duration::from_secs(600),
        router(Arc::clone(app), Access::default()).call(request),
    );
    let response = response.await.expect("no response").unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&body).unwrap();
    (status, body, start.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_times_out_and_is_recorded() {
    for (pieces, pause) in [
        (vec![], 0),
        (vec![r#"{"batch":["#], 0),
        // The timeout applies even if data keeps arriving.
        (vec![" "; 100], 10),
    ] {
        let app = app();
        let body = body(pieces, Duration::from_secs(pause), false);
        let (status, response, seconds) = send(&app, Method::POST, "/v1/batch", body).await;
        // SDKs retry after this status.
        assert_eq!((status, seconds), (408, 30));
        assert_eq!(response["success"], false);
        assert_eq!(response["error"], "the body did not arrive within 30 s");
        let read =
            |store: &dyn ReadStore| store.select(&EventFilter::default(), usize::MAX, usize::MAX);
        let events = app.store.read(read).await.unwrap().items;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].kind(), "request");
        assert_eq!(events[0].delivery().request.status, 408);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_is_accepted_within_the_timeout() {
    let app = app();
    let body = body(vec![CALL, " ", " "], Duration::from_secs(9), true);
    let (status, _, seconds) = send(&app, Method::POST, "/v1/track", body).await;
    assert_eq!((status, seconds), (200, 27));
    assert_eq!(app.store.status().good + app.store.status().bad, 1);
}

#[tokio::test(start_paused = true)]
async fn an_import_may_take_long_but_must_not_stall() {
    let app = app();
    let mut lines = [CALL, "\n"].repeat(20);
    let slow = body(lines.clone(), Duration::from_secs(9), true);
    let (status, response, seconds) = send(&app, Method::POST, "/api/import", slow).await;
    assert_eq!(
        (status, &response["imported"], seconds),
        (200, &20.into(), 360)
    );
    lines.truncate(4);
    let stalled = body(lines, Duration::from_secs(9), false);
    let (status, response, seconds) = send(&app, Method::POST, "/api/import", stalled).await;
    assert_eq!((status, seconds), (408, 66), "{response}");
}

#[tokio::test(start_paused = true)]
async fn a_chaos_request_that_stalls_times_out() {
    let app = app();
    let stalled = body(vec!["{"], Duration::ZERO, false);
    let (status, _, seconds) = send(&app, Method::PUT, "/api/chaos", stalled).await;
    assert_eq!((status, seconds), (408, 30));
    assert!(!app.chaos.status().enabled);
}
