//! Actions on one conversation: deletion, and the page that can be shared.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{delete, get},
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::json;

use super::conversation_parts::conversation_parts;
use crate::{
    app::App,
    http::response::{error_response, ok_response, store_error_response},
    share::{event_html, page_end, page_start},
    timestamp::Timestamp,
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/conversation", delete(delete_conversation))
        .route("/api/share", get(share))
}

#[derive(Deserialize)]
struct Params {
    /// Required, so that a request without an id does not delete the events outside any
    /// conversation. Their id is empty.
    id: String,
}

async fn delete_conversation(
    State(app): State<Arc<App>>,
    Query(Params { id }): Query<Params>,
) -> Response {
    match app.store.delete_conversation(id).await {
        Ok(0) => not_found(),
        Ok(deleted) => ok_response(&json!({ "deleted": deleted })),
        Err(error) => store_error_response(&error),
    }
}

/// Responds with an HTML file that contains the whole conversation. The file is sent as it is
/// created, so its size is not limited.
async fn share(State(app): State<Arc<App>>, Query(Params { id }): Query<Params>) -> Response {
    let id: Arc<str> = id.into();
    let parts = conversation_parts(Arc::clone(&app), Arc::clone(&id));
    let read = app.store.read(move |store| store.judged_conversation(&id));
    let conversation = match read.await {
        Ok(Some(conversation)) => conversation,
        Ok(None) => return not_found(),
        Err(error) => return store_error_response(&error),
    };
    let start = page_start(&conversation, Timestamp::now());
    let rows = parts.map(|events| events.iter().map(|event| event_html(event)).collect());
    let parts = stream::iter([start])
        .chain(rows)
        .chain(stream::iter([page_end()]))
        .map(|html| Ok::<_, Infallible>(Bytes::from(html)));
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"conversation.html\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Body::from_stream(parts)).into_response()
}

fn not_found() -> Response {
    error_response(
        StatusCode::NOT_FOUND,
        "no conversation with this id; it may have been evicted or deleted",
    )
}
