//! The tracking API, to which Segment's SDKs send their requests. It responds as Segment does.

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

use super::{
    connection::ResetHandle,
    response::{failure, ok_response},
};
#[cfg(feature = "forward")]
use crate::forward::{FORWARD_HEADER, request::ForwardRequest};
use crate::{
    app::App,
    chaos::fault::Fault,
    ingest::envelope::{self, ArrivedRequest},
};

/// Returns the routes, including the short paths of analytics.js.
pub(crate) fn routes() -> Router<Arc<App>> {
    let mut router = Router::new();
    for (path, endpoint) in Endpoint::paths() {
        router = router.route(
            path,
            match endpoint {
                // The metrics of analytics.js are discarded.
                Endpoint::Metrics => post(|| async { success() }),
                endpoint => post(move |app, request| accept(app, request, endpoint)),
            },
        );
    }
    router
        .route("/v1/{*rest}", any(|| async {
            failure(StatusCode::NOT_FOUND, "no such path; the tracking API has /v1/batch, import, track, identify, page, screen, group, and alias")
        }))
}

async fn accept(State(app): State<Arc<App>>, request: Request, endpoint: Endpoint) -> Response {
    let number = app.next_request_number();
    let (parts, body) = request.into_parts();
    let reset_handle = parts
        .extensions
        .get::<ResetHandle>()
        .cloned()
        .unwrap_or_default();
    let fault = app.chaos.roll();
    match &fault {
        Some(Fault::Reset) => {
            reset_handle.reset();
            return aborted_response();
        }
        Some(Fault::Hang) => return hang(&app, body).await,
        Some(Fault::Status {
            status,
            retry_after,
        }) => {
            let _ = read_body(body, &Limits::default()).await;
            return fault_status(*status, retry_after.as_deref());
        }
        Some(Fault::Drop) => {
            let _ = read_body(body, &Limits::default()).await;
            return success();
        }
        Some(Fault::Delay { delay_ms }) => {
            tokio::time::sleep(Duration::from_millis(*delay_ms)).await;
        }
        _ => {}
    }
    let body = read_body(body, &Limits::default()).await;
    let path = parts.uri.path().to_owned();
    let plan = app.plan_for_new_events().await;
    let request = ArrivedRequest {
        number,
        path,
        endpoint,
        headers: &parts.headers,
        body,
    };
    let (events, status) = envelope::read(
        request,
        plan.as_ref().map(|it| &*it.plan),
        app.watcher_count() > 0,
    );
    #[cfg(feature = "forward")]
    let forwarded = app
        .forwarder
        .as_ref()
        .filter(|_| status.is_ok() && may_forward(&parts.headers))
        .and_then(|forwarder| {
            let request = ForwardRequest::new(parts.uri.path(), endpoint, &events)?;
            Some((forwarder, request))
        });
    if let Err(error) = app.store.append(events).await {
        return failure(StatusCode::SERVICE_UNAVAILABLE, &error.to_string());
    }
    drop(plan);
    if let Err((status, message)) = status {
        return failure(status, &message);
    }
    // The client sends events that could not be stored again. They are forwarded after that.
    #[cfg(feature = "forward")]
    if let Some((forwarder, request)) = forwarded {
        forwarder.push(request);
    }
    match fault {
        Some(Fault::ResetAfter) => {
            reset_handle.reset();
            aborted_response()
        }
        Some(Fault::Garbage) => "<html>\0 not JSON".into_response(),
        Some(Fault::Drip { delay_ms }) => drip(&app, Duration::from_millis(delay_ms)),
        _ => success(),
    }
}

/// Returns whether a request may be forwarded. Requests that another inspector has forwarded could
/// otherwise return to it, and events that the page sends again were forwarded when they arrived.
#[cfg(feature = "forward")]
fn may_forward(headers: &axum::http::HeaderMap) -> bool {
    headers
        .get(FORWARD_HEADER)
        .is_none_or(|value| value != "no")
}

/// Returns Segment's response to a request that it accepts.
fn success() -> Response {
    ok_response(&serde_json::json!({ "success": true }))
}

/// A response that is never sent, because the connection is reset first.
fn aborted_response() -> Response {
    StatusCode::OK.into_response()
}

/// Returns the response of the `status` fault.
fn fault_status(status: u16, retry_after: Option<&str>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut response = failure(status, "fault injected by the inspector");
    if let Some(after) = retry_after.and_then(|after| after.parse().ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, after);
    }
    response
}

/// Reads the body and never responds. If too many requests already hang, responds with status 503.
async fn hang(app: &App, body: Body) -> Response {
    let Ok(_permit) = app.hanging.try_acquire() else {
        return fault_status(503, None);
    };
    let _ = read_body(body, &Limits::default()).await;
    std::future::pending().await
}

/// Responds one byte at a time. If too many requests are already held open, responds normally.
fn drip(app: &App, pause: Duration) -> Response {
    let Ok(permit) = Arc::clone(&app.hanging).try_acquire_owned() else {
        return success();
    };
    let bytes = br#"{"success":true}"#.iter();
    let body = stream::unfold((bytes, permit), move |(mut bytes, permit)| async move {
        let byte = *bytes.next()?;
        tokio::time::sleep(pause).await;
        Some((
            Ok::<_, std::convert::Infallible>(Bytes::from(vec![byte])),
            (bytes, permit),
        ))
    });
    (
        [(header::CONTENT_TYPE, "application/json")],
        Body::from_stream(body),
    )
        .into_response()
}
