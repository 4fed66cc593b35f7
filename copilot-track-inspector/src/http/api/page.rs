//! The API for the page: conversations, events, the state, the live stream, and faults.

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
    chaos::{fault::Chaos, switch::ChaosRequest},
    event::json::FullEvent,
    http::{
        listing::{EventList, EventsResponse, MAX_BYTES_PER_RESPONSE},
        live,
        response::{error_response, ok_response, store_error_response},
        timeout::BODY_TIMEOUT,
    },
    search::validate::Search,
    store::query::{ConversationQuery, Cursor, Page},
    timestamp::Timestamp,
};

const DEFAULT_CONVERSATIONS: usize = 50;
const MAX_CONVERSATIONS: usize = 5000;
const DEFAULT_EVENTS: usize = 200;
const MAX_EVENTS: usize = 1000;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/conversations", get(conversations))
        .route("/api/conversation", get(conversation))
        .route("/api/events/{seq}", get(event))
        .route(
            "/api/state",
            get(|State(app): State<Arc<App>>| async move { ok_response(&app.state()) }),
        )
        .route("/api/live", get(follow))
        .route("/api/chaos", get(chaos).put(set_chaos))
        .layer(DefaultBodyLimit::max(64 * 1024))
}

#[derive(Deserialize)]
struct ConversationsParams {
    limit: Option<usize>,
    before: Option<u64>,
    q: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    problems: Option<bool>,
    #[serde(default, deserialize_with = "flag")]
    ended: Option<bool>,
}

async fn conversations(
    State(app): State<Arc<App>>,
    Query(params): Query<ConversationsParams>,
) -> Response {
    let search = match Search::new(&params.q.unwrap_or_default(), Timestamp::now()) {
        Ok(search) => search,
        Err(error) => return error_response(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let query = ConversationQuery {
        limit: params
            .limit
            .unwrap_or(DEFAULT_CONVERSATIONS)
            .min(MAX_CONVERSATIONS),
        before: params.before,
        search: Some(search).filter(|search| !search.is_empty()),
        problems: params.problems,
        ended: params.ended,
        ..ConversationQuery::default()
    };
    let last_seq = app.store.status().last_seq;
    match app.store.conversations(query).await {
        Ok(Page { items, more }) => {
            ok_response(&json!({ "conversations": items, "more": more, "lastSeq": last_seq }))
        }
        Err(error) => store_error_response(&error),
    }
}

#[derive(Deserialize)]
struct ConversationParams {
    #[serde(default)]
    id: String,
    limit: Option<usize>,
    before: Option<u64>,
    #[serde(rename = "upTo")]
    up_to: Option<u64>,
    after: Option<u64>,
    #[serde(default, deserialize_with = "flag")]
    raw: Option<bool>,
}

async fn conversation(
    State(app): State<Arc<App>>,
    Query(params): Query<ConversationParams>,
) -> Response {
    let cursor = match (params.before, params.up_to, params.after) {
        (Some(seq), None, None) => Cursor::Before(seq),
        (None, Some(seq), None) => Cursor::UpTo(seq),
        (None, None, Some(seq)) => Cursor::After(seq),
        (None, None, None) => Cursor::Last,
        _ => {
            return error_response(
                StatusCode::BAD_REQUEST,
                "use only one of `before`, `upTo`, and `after`",
            );
        }
    };
    let limit = params.limit.unwrap_or(DEFAULT_EVENTS).min(MAX_EVENTS);
    let id = params.id;
    let read = app.store.read(move |store| {
        // Only the first page shows the verdict on the whole conversation.
        let conversation = match cursor {
            Cursor::Last | Cursor::UpTo(_) => store.judged_conversation(&id)?,
            Cursor::Before(_) | Cursor::After(_) | Cursor::Following(_) => {
                store.conversation(&id)?
            }
        };
        let events = store.conversation_events(&id, cursor, limit, MAX_BYTES_PER_RESPONSE)?;
        Ok((conversation, events))
    });
    match read.await {
        Ok((Some(conversation), Page { items, more })) => ok_response(&EventsResponse {
            conversation: Some(&conversation),
            events: EventList::new(&items, params.raw.unwrap_or(true)),
            more,
        }),
        Ok((None, _)) => error_response(
            StatusCode::NOT_FOUND,
            "no conversation with this id; it may have been evicted",
        ),
        Err(error) => store_error_response(&error),
    }
}

async fn event(State(app): State<Arc<App>>, Path(seq): Path<u64>) -> Response {
    match app.store.read(move |store| store.event(seq)).await {
        Ok(Some(event)) => ok_response(&FullEvent(&event)),
        Ok(None) => error_response(
            StatusCode::NOT_FOUND,
            "no event with this number; it may have been evicted",
        ),
        Err(error) => store_error_response(&error),
    }
}

#[derive(Deserialize)]
struct LiveParams {
    after: Option<u64>,
    #[serde(default, deserialize_with = "flag")]
    raw: Option<bool>,
}

async fn follow(
    State(app): State<Arc<App>>,
    Query(params): Query<LiveParams>,
    headers: HeaderMap,
) -> Response {
    // A browser that reconnects sends the id of the last message that it received.
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.trim().parse().ok());
    live::live_response(app, last.or(params.after), params.raw.unwrap_or(false))
}

async fn chaos(State(app): State<Arc<App>>) -> Response {
    ok_response(&app.chaos.status())
}

async fn set_chaos(State(app): State<Arc<App>>, request: Request) -> Response {
    let body = match timeout(BODY_TIMEOUT, Bytes::from_request(request, &app)).await {
        Ok(Ok(body)) => body,
        Ok(Err(rejection)) => return rejection.into_response(),
        Err(_) => {
            return error_response(
                StatusCode::REQUEST_TIMEOUT,
                &format!(
                    "the body did not arrive within {} s",
                    BODY_TIMEOUT.as_secs()
                ),
            );
        }
    };
    let params = match serde_json::from_slice::<ChaosRequest>(&body) {
        Ok(params) => params,
        Err(error) => {
            return error_response(StatusCode::BAD_REQUEST, &format!("invalid fault: {error}"));
        }
    };
    let set = Option::<Chaos>::try_from(params).and_then(|chaos| app.chaos.set(chaos));
    match set {
        Ok(status) => ok_response(&status),
        Err(error) => error_response(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}
