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
use futures_util::stream;

use super::connection::Kill;
use crate::{
    app::App,
    chaos::fault::Fault,
    ingest::{body, envelope},
};

/// The routes, with the short names that analytics.js uses.
pub(crate) fn routes() -> Router<Arc<App>> {
    let mut router = Router::new();
    for path in ["/v1/batch", "/v1/b", "/v1/import"] {
        router = router.route(path, post(|app, request| take(app, request, None)));
    }
    for (kind, paths) in [
        ("track", ["/v1/track", "/v1/t"]),
        ("identify", ["/v1/identify", "/v1/i"]),
        ("page", ["/v1/page", "/v1/p"]),
        ("screen", ["/v1/screen", "/v1/s"]),
        ("group", ["/v1/group", "/v1/g"]),
        ("alias", ["/v1/alias", "/v1/a"]),
    ] {
        for path in paths {
            router = router.route(
                path,
                post(move |app, request| take(app, request, Some(kind))),
            );
        }
    }
    router
        // What analytics.js tells of itself.
        .route("/v1/m", post(|| async { good() }))
        .route("/v1/{*rest}", any(|| async {
            answer(StatusCode::NOT_FOUND, "no such call: there are /v1/batch, import, track, identify, page, screen, group, alias")
        }))
}

async fn take(
    State(app): State<Arc<App>>,
    request: Request,
    kind: Option<&'static str>,
) -> Response {
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
            let _ = body::read(body).await;
            return failure(*status, retry_after.as_deref());
        }
        Some(Fault::Drop) => {
            let _ = body::read(body).await;
            return good();
        }
        Some(Fault::Delay { delay_ms }) => {
            tokio::time::sleep(Duration::from_millis(*delay_ms)).await;
        }
        _ => {}
    }
    let came = body::read(body).await;
    let path = parts.uri.path().to_owned();
    let (events, status) = envelope::read(number, path, &parts.headers, came, kind);
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
    let _ = body::read(body).await;
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
