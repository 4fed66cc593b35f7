//! For tests and CI: what was good, what was bad, all of it, and waiting for it.

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
    event::model::Event,
    http::{
        listing::{Answer, MOST, MOST_BYTES, Shown},
        response::{answer, broken, json_with, problem},
    },
    store::{
        conversation::Conversation,
        error::StoreError,
        query::{Filter, Listed},
        wait::until,
    },
};

/// How long may be waited.
const LONGEST_WAIT: u64 = 60_000;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/good", get(|app, asked| list(app, asked, Some(true))))
        .route("/bad", get(|app, asked| list(app, asked, Some(false))))
        .route("/all", get(|app, asked| list(app, asked, None)))
        .route("/conversations/{id}", get(conversation))
        .route("/reset", post(reset))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
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
    Query(asked): Query<Asked>,
    good: Option<bool>,
) -> Response {
    match find(&app, &asked, good, None).await {
        Ok((Listed { items, more }, _, enough)) => json_with(
            status(enough),
            &Answer {
                conversation: None,
                events: Shown::new(&items, asked.raw.unwrap_or(true)),
                more,
            },
        ),
        Err(error) => broken(&error),
    }
}

async fn conversation(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    match find(&app, &asked, None, Some(id)).await {
        Ok((Listed { items, more }, Some(conversation), enough)) => json_with(
            status(enough),
            &Answer {
                conversation: Some(&conversation),
                events: Shown::new(&items, asked.raw.unwrap_or(true)),
                more,
            },
        ),
        Ok((_, None, true)) => {
            problem(StatusCode::NOT_FOUND, "there is no conversation of that id")
        }
        Ok((_, None, false)) => problem(
            StatusCode::REQUEST_TIMEOUT,
            "no event of that conversation has come in this time",
        ),
        Err(error) => broken(&error),
    }
}

fn status(enough: bool) -> StatusCode {
    if enough {
        StatusCode::OK
    } else {
        StatusCode::REQUEST_TIMEOUT
    }
}

type Found = (Listed<Arc<Event>>, Option<Conversation>, bool);

/// Waits as was asked, and lists what there is. The last says whether it was enough.
async fn find(
    app: &App,
    asked: &Asked,
    good: Option<bool>,
    conversation: Option<String>,
) -> Result<Found, StoreError> {
    let filter = Filter {
        good,
        name: asked.event.clone(),
        conversation: conversation.clone(),
        after: asked.after,
    };
    let enough = match asked.count {
        Some(count) => {
            let timeout =
                Duration::from_millis(asked.timeout_ms.unwrap_or(5_000).min(LONGEST_WAIT));
            until(&app.store, &filter, count, timeout).await?
        }
        None => true,
    };
    let limit = asked.limit.unwrap_or(MOST).min(MOST);
    let (listed, told) = app
        .store
        .read(move |shelf| {
            let told = conversation
                .as_deref()
                .map(|id| shelf.conversation(id))
                .transpose()?;
            Ok((shelf.select(&filter, limit, MOST_BYTES)?, told.flatten()))
        })
        .await?;
    Ok((listed, told, enough))
}

async fn reset(State(app): State<Arc<App>>) -> Response {
    match app.store.reset().await {
        Ok(deleted) => answer(&json!({ "deleted": deleted })),
        Err(error) => broken(&error),
    }
}
