//! Answers in JSON.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use serde_json::json;

use crate::store::error::StoreError;

/// An error, in words.
pub(super) fn problem(status: StatusCode, message: &str) -> Response {
    json_with(status, &json!({ "error": message }))
}

pub(super) fn answer(body: &impl Serialize) -> Response {
    json_with(StatusCode::OK, body)
}

pub(super) fn json_with(status: StatusCode, body: &impl Serialize) -> Response {
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

pub(super) fn broken(error: &StoreError) -> Response {
    problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
}
