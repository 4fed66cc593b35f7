//! For the page: lists, one conversation, one event, the state, the live stream, the faults.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest as _, Path, Query, Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::query::flag;
use crate::{
    app::App,
    chaos::{fault::Chaos, switch::Asked},
    event::brief::Whole,
    http::{
        listing::{Answer, MOST_BYTES, Shown},
        live,
        response::{answer, broken, problem},
        timeout::BODY_TIMEOUT,
    },
    store::query::{Listed, Page, Wanted},
};

const CONVERSATIONS: usize = 50;
const MOST_CONVERSATIONS: usize = 5000;
const EVENTS: usize = 200;
const MOST_EVENTS: usize = 1000;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/conversations", get(conversations))
        .route("/api/conversation", get(conversation))
        .route("/api/events/{seq}", get(event))
        .route(
            "/api/state",
            get(|State(app): State<Arc<App>>| async move { answer(&app.state()) }),
        )
        .route("/api/live", get(follow))
        .route("/api/chaos", get(chaos).put(set_chaos))
        .layer(DefaultBodyLimit::max(64 * 1024))
}

#[derive(Deserialize)]
struct ListAsked {
    limit: Option<usize>,
    before: Option<u64>,
    q: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    problems: Option<bool>,
    #[serde(default, deserialize_with = "flag")]
    ended: Option<bool>,
}

async fn conversations(State(app): State<Arc<App>>, Query(asked): Query<ListAsked>) -> Response {
    let wanted = Wanted {
        limit: asked.limit.unwrap_or(CONVERSATIONS).min(MOST_CONVERSATIONS),
        before: asked.before,
        query: asked.q.filter(|query| !query.trim().is_empty()),
        problems: asked.problems,
        ended: asked.ended,
    };
    let last_seq = app.store.status().last_seq;
    match app.store.conversations(wanted).await {
        Ok(Listed { items, more }) => {
            answer(&json!({ "conversations": items, "more": more, "lastSeq": last_seq }))
        }
        Err(error) => broken(&error),
    }
}

#[derive(Deserialize)]
struct OneAsked {
    #[serde(default)]
    id: String,
    limit: Option<usize>,
    before: Option<u64>,
    after: Option<u64>,
    #[serde(default, deserialize_with = "flag")]
    raw: Option<bool>,
}

async fn conversation(State(app): State<Arc<App>>, Query(asked): Query<OneAsked>) -> Response {
    let page = match (asked.before, asked.after) {
        (Some(_), Some(_)) => {
            return problem(
                StatusCode::BAD_REQUEST,
                "give `before` or `after`, not both",
            );
        }
        (Some(seq), None) => Page::Before(seq),
        (None, Some(seq)) => Page::After(seq),
        (None, None) => Page::Last,
    };
    let limit = asked.limit.unwrap_or(EVENTS).min(MOST_EVENTS);
    let id = asked.id;
    let read = app.store.read(move |shelf| {
        let conversation = shelf.conversation(&id)?;
        let events = shelf.events_of(&id, page, limit, MOST_BYTES)?;
        Ok((conversation, events))
    });
    match read.await {
        Ok((Some(conversation), Listed { items, more })) => answer(&Answer {
            conversation: Some(&conversation),
            events: Shown::new(&items, asked.raw.unwrap_or(true)),
            more,
        }),
        Ok((None, _)) => problem(
            StatusCode::NOT_FOUND,
            "there is no conversation of that id; it may have made room for newer ones",
        ),
        Err(error) => broken(&error),
    }
}

async fn event(State(app): State<Arc<App>>, Path(seq): Path<u64>) -> Response {
    match app.store.read(move |shelf| shelf.event(seq)).await {
        Ok(Some(event)) => answer(&Whole(&event)),
        Ok(None) => problem(
            StatusCode::NOT_FOUND,
            "there is no event of that number; it may have made room for newer ones",
        ),
        Err(error) => broken(&error),
    }
}

#[derive(Deserialize)]
struct Follow {
    after: Option<u64>,
    #[serde(default, deserialize_with = "flag")]
    raw: Option<bool>,
}

async fn follow(
    State(app): State<Arc<App>>,
    Query(asked): Query<Follow>,
    headers: HeaderMap,
) -> Response {
    // A reconnect says itself where it was.
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.trim().parse().ok());
    live::serve(app, last.or(asked.after), asked.raw.unwrap_or(false))
}

async fn chaos(State(app): State<Arc<App>>) -> Response {
    answer(&app.chaos.told())
}

async fn set_chaos(State(app): State<Arc<App>>, request: Request) -> Response {
    let body = match timeout(BODY_TIMEOUT, Bytes::from_request(request, &app)).await {
        Ok(Ok(body)) => body,
        Ok(Err(refused)) => return refused.into_response(),
        Err(_) => {
            return problem(
                StatusCode::REQUEST_TIMEOUT,
                &format!("the body did not come within {} s", BODY_TIMEOUT.as_secs()),
            );
        }
    };
    let asked = match serde_json::from_slice::<Asked>(&body) {
        Ok(asked) => asked,
        Err(error) => {
            return problem(
                StatusCode::BAD_REQUEST,
                &format!("these are no faults: {error}"),
            );
        }
    };
    let set = Option::<Chaos>::try_from(asked).and_then(|chaos| app.chaos.set(chaos));
    match set {
        Ok(told) => answer(&told),
        Err(error) => problem(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}
