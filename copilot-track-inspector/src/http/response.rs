//! JSON responses.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use serde_json::json;

use crate::store::error::StoreError;

/// Returns a response with the body `{"error": message}`.
pub(super) fn error_response(status: StatusCode, message: &str) -> Response {
    json_response(status, &json!({ "error": message }))
}

pub(super) fn ok_response(body: &impl Serialize) -> Response {
    json_response(StatusCode::OK, body)
}

pub(super) fn json_response(status: StatusCode, body: &impl Serialize) -> Response {
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

pub(super) fn store_error_response(error: &StoreError) -> Response {
    error_response(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
}
