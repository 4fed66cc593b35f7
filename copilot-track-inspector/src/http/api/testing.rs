//! The API for tests and CI. Its endpoints list events, optionally after waiting for them, or
//! delete all events.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;

use super::query::flag;
use crate::{
    app::App,
    conversation::summary::Conversation,
    event::model::Event,
    http::{
        listing::{EventList, EventsResponse, MAX_BYTES_PER_RESPONSE, MAX_EVENTS_PER_RESPONSE},
        response::{error_response, json_response, ok_response, store_error_response},
    },
    store::{
        error::StoreError,
        query::{EventFilter, Page},
        wait::wait_for_events,
    },
};

/// The maximum wait, in milliseconds.
const MAX_WAIT_MS: u64 = 60_000;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/good", get(|app, params| list(app, params, Some(true))))
        .route("/bad", get(|app, params| list(app, params, Some(false))))
        .route("/all", get(|app, params| list(app, params, None)))
        .route("/conversations/{id}", get(conversation))
        .route("/reset", post(reset))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    count: Option<usize>,
    timeout_ms: Option<u64>,
    event: Option<String>,
    limit: Option<usize>,
    #[serde(default)]
    after: u64,
    #[serde(default, deserialize_with = "flag")]
    raw: Option<bool>,
}

async fn list(
    State(app): State<Arc<App>>,
    Query(params): Query<Params>,
    good: Option<bool>,
) -> Response {
    match find(&app, &params, good, None).await {
        Ok((Page { items, more }, _, enough)) => json_response(
            status(enough),
            &EventsResponse {
                conversation: None,
                events: EventList::new(&items, params.raw.unwrap_or(true)),
                more,
            },
        ),
        Err(error) => store_error_response(&error),
    }
}

async fn conversation(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(params): Query<Params>,
) -> Response {
    match find(&app, &params, None, Some(id)).await {
        Ok((Page { items, more }, Some(conversation), enough)) => json_response(
            status(enough),
            &EventsResponse {
                conversation: Some(&conversation),
                events: EventList::new(&items, params.raw.unwrap_or(true)),
                more,
            },
        ),
        Ok((_, None, true)) => {
            error_response(StatusCode::NOT_FOUND, "no conversation with this id")
        }
        Ok((_, None, false)) => error_response(
            StatusCode::REQUEST_TIMEOUT,
            "no event in this conversation arrived in time",
        ),
        Err(error) => store_error_response(&error),
    }
}

fn status(enough: bool) -> StatusCode {
    if enough {
        StatusCode::OK
    } else {
        StatusCode::REQUEST_TIMEOUT
    }
}

type Found = (Page<Arc<Event>>, Option<Conversation>, bool);

/// Waits as requested, then lists the events. The last element of the tuple is `false` if the wait
/// timed out.
async fn find(
    app: &App,
    params: &Params,
    good: Option<bool>,
    conversation: Option<String>,
) -> Result<Found, StoreError> {
    let filter = EventFilter {
        good,
        name: params.event.clone(),
        conversation: conversation.clone(),
        after: params.after,
    };
    let enough = match params.count {
        Some(count) => {
            let timeout =
                Duration::from_millis(params.timeout_ms.unwrap_or(5_000).min(MAX_WAIT_MS));
            wait_for_events(&app.store, &filter, count, timeout).await?
        }
        None => true,
    };
    let limit = params
        .limit
        .unwrap_or(MAX_EVENTS_PER_RESPONSE)
        .min(MAX_EVENTS_PER_RESPONSE);
    let (listed, summary) = app
        .store
        .read(move |store| {
            let summary = conversation
                .as_deref()
                .map(|id| store.judged_conversation(id))
                .transpose()?;
            Ok((
                store.select(&filter, limit, MAX_BYTES_PER_RESPONSE)?,
                summary.flatten(),
            ))
        })
        .await?;
    Ok((listed, summary, enough))
}

async fn reset(State(app): State<Arc<App>>) -> Response {
    match app.store.reset().await {
        Ok(deleted) => ok_response(&json!({ "deleted": deleted })),
        Err(error) => store_error_response(&error),
    }
}
