//! What the page, tests and scripts ask for. `docs/inspector-api.md` is its description.

mod page;
mod testing;
mod transfer;

use std::sync::Arc;

use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use serde_json::json;

use crate::{
    app::App,
    event::{
        brief::{Brief, Whole},
        model::Event,
    },
    store::{conversation::Conversation, event_store::StoreError},
};

/// The most events of one answer.
const MOST: usize = 10_000;
/// The most bytes of calls in one answer; what is left comes with the next page.
const MOST_BYTES: usize = 16 * 1024 * 1024;

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .merge(page::routes())
        .merge(testing::routes())
        .merge(transfer::routes())
}

/// An error, in words.
pub(crate) fn problem(status: StatusCode, message: &str) -> Response {
    json_with(status, &json!({ "error": message }))
}

fn answer(body: &impl Serialize) -> Response {
    json_with(StatusCode::OK, body)
}

fn json_with(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (status, headers, body).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn broken(error: &StoreError) -> Response {
    problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
}

/// Events in the form that was asked for.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Shown<'a> {
    Whole(Vec<Whole<'a>>),
    Brief(Vec<Brief<'a>>),
}

impl<'a> Shown<'a> {
    /// With the raw calls, or with what a list needs of them.
    pub(crate) fn new(events: &'a [Arc<Event>], raw: bool) -> Self {
        let events = events.iter().map(AsRef::as_ref);
        if raw {
            Self::Whole(events.map(Whole).collect())
        } else {
            Self::Brief(events.map(Brief).collect())
        }
    }
}

/// Events, as an answer tells them. `json!` would put each call's members into another order.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<&'a Conversation>,
    events: Shown<'a>,
    more: bool,
}

/// `1`, `true` or nothing at all after a name is yes; `0` and `false` are no.
fn flag<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let text: std::borrow::Cow<'de, str> = serde::Deserialize::deserialize(deserializer)?;
    match text.as_ref() {
        "" => Ok(None),
        "1" | "true" => Ok(Some(true)),
        "0" | "false" => Ok(Some(false)),
        _ => Err(serde::de::Error::custom("a switch is 0 or 1")),
    }
}
