//! The API that finds events in a conversation.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use serde::Deserialize;
use serde_json::json;

use super::conversation_parts::{MAX_PART_BYTES, MAX_PART_EVENTS};
use crate::{
    app::App,
    conversation::position::Position,
    http::response::{error_response, ok_response, store_error_response},
    search::validate::Search,
    store::{query::Cursor, read::ReadStore},
    timestamp::Timestamp,
};

/// The maximum number of events in a response.
const MAX_FOUND: usize = 1_000;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/find", get(find))
}

#[derive(Deserialize)]
struct FindParams {
    #[serde(default)]
    id: String,
    #[serde(default)]
    q: String,
}

/// Returns the numbers of a conversation's events that match a search, in the order in which they
/// happened.
async fn find(State(app): State<Arc<App>>, Query(params): Query<FindParams>) -> Response {
    let search = match Search::new(&params.q, Timestamp::now()) {
        Ok(search) => Arc::new(search),
        Err(error) => return error_response(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let id: Arc<str> = params.id.into();
    let mut found = Vec::new();
    let mut after = Position::START;
    loop {
        let (id, search) = (Arc::clone(&id), Arc::clone(&search));
        let read = move |store: &dyn ReadStore| {
            let cursor = Cursor::Following(after);
            let page = store.conversation_events(&id, cursor, MAX_PART_EVENTS, MAX_PART_BYTES)?;
            let matching = page.items.iter().filter(|event| search.matches(event));
            let matching: Vec<u64> = matching.map(|event| event.seq).collect();
            let last = page.items.last().map(|event| Position::of(event));
            Ok((matching, last, page.more))
        };
        let (matching, last, more) = match app.store.read(read).await {
            Ok(read) => read,
            Err(error) => return store_error_response(&error),
        };
        found.extend(matching);
        match last {
            Some(last) if more && found.len() <= MAX_FOUND => after = last,
            None if after == Position::START => {
                return error_response(
                    StatusCode::NOT_FOUND,
                    "no conversation with this id; it may have been evicted",
                );
            }
            _ => break,
        }
        // Other requests can be served here, and the search ends if the client disconnects.
        tokio::task::yield_now().await;
    }
    let more = found.len() > MAX_FOUND;
    found.truncate(MAX_FOUND);
    ok_response(&json!({ "seqs": found, "more": more }))
}
