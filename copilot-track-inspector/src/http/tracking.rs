//! The tracking API: what Segment's SDKs post to, answered as Segment answers.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{any, post},
};
use bytes::Bytes;
use copilot_track_ingest::{Endpoint, Limits, read_body};
use futures_util::stream;

use super::connection::Kill;
use crate::{app::App, chaos::fault::Fault, ingest::envelope};

/// The routes, with the short names that analytics.js uses.
pub(crate) fn routes() -> Router<Arc<App>> {
    let mut router = Router::new();
    for (path, endpoint) in Endpoint::paths() {
        router = router.route(
            path,
            match endpoint {
                // What analytics.js tells of itself.
                Endpoint::Metrics => post(|| async { good() }),
                endpoint => post(move |app, request| take(app, request, endpoint)),
            },
        );
    }
    router
        .route("/v1/{*rest}", any(|| async {
            answer(StatusCode::NOT_FOUND, "no such call: there are /v1/batch, import, track, identify, page, screen, group, alias")
        }))
}

async fn take(State(app): State<Arc<App>>, request: Request, endpoint: Endpoint) -> Response {
    let number = app.number_request();
    let (parts, body) = request.into_parts();
    let kill = parts.extensions.get::<Kill>().cloned().unwrap_or_default();
    let fault = app.chaos.roll();
    match &fault {
        Some(Fault::Reset) => {
            kill.pull();
            return torn();
        }
        Some(Fault::Hang) => return hang(&app, body).await,
        Some(Fault::Status {
            status,
            retry_after,
        }) => {
            let _ = read_body(body, &Limits::default()).await;
            return failure(*status, retry_after.as_deref());
        }
        Some(Fault::Drop) => {
            let _ = read_body(body, &Limits::default()).await;
            return good();
        }
        Some(Fault::Delay { delay_ms }) => {
            tokio::time::sleep(Duration::from_millis(*delay_ms)).await;
        }
        _ => {}
    }
    let came = read_body(body, &Limits::default()).await;
    let path = parts.uri.path().to_owned();
    let (events, status) = envelope::read(number, path, &parts.headers, came, endpoint);
    if let Err(error) = app.store.append(events).await {
        return answer(StatusCode::SERVICE_UNAVAILABLE, &error.to_string());
    }
    if let Err((status, why)) = status {
        return answer(status, &why);
    }
    match fault {
        Some(Fault::ResetAfter) => {
            kill.pull();
            torn()
        }
        Some(Fault::Garbage) => "<html>\0 not what you asked for".into_response(),
        Some(Fault::Drip { delay_ms }) => drip(&app, Duration::from_millis(delay_ms)),
        _ => good(),
    }
}

/// As Segment answers.
fn good() -> Response {
    json(StatusCode::OK, r#"{"success":true}"#.into())
}

fn answer(status: StatusCode, message: &str) -> Response {
    let body = serde_json::json!({ "success": false, "error": message });
    json(status, body.to_string())
}

fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// The answer that the connection is torn down before.
fn torn() -> Response {
    StatusCode::OK.into_response()
}

fn failure(status: u16, retry_after: Option<&str>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut response = answer(status, "a fault that was asked for");
    if let Some(after) = retry_after.and_then(|after| after.parse().ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, after);
    }
    response
}

async fn hang(app: &App, body: Body) -> Response {
    let Ok(_place) = app.hanging.try_acquire() else {
        return failure(503, None);
    };
    let _ = read_body(body, &Limits::default()).await;
    std::future::pending().await
}

fn drip(app: &App, pause: Duration) -> Response {
    let Ok(place) = Arc::clone(&app.hanging).try_acquire_owned() else {
        return good();
    };
    let bytes = br#"{"success":true}"#.iter();
    let body = stream::unfold((bytes, place), move |(mut bytes, place)| async move {
        let byte = *bytes.next()?;
        tokio::time::sleep(pause).await;
        Some((
            Ok::<_, std::convert::Infallible>(Bytes::from(vec![byte])),
            (bytes, place),
        ))
    });
    (
        [(header::CONTENT_TYPE, "application/json")],
        Body::from_stream(body),
    )
        .into_response()
}
