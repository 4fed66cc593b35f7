//! JSON responses.

use axum::{
    body::to_bytes,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use serde_json::json;

use crate::store::error::StoreError;

/// The maximum length of an error message, in bytes.
const MAX_MESSAGE_BYTES: usize = 64 * 1024;

/// Returns a response with the body `{"error": message}`.
pub(super) fn error_response(status: StatusCode, message: &str) -> Response {
    json_response(status, &json!({ "error": message }))
}

/// Returns Segment's response to a request that it rejects.
pub(super) fn failure(status: StatusCode, message: &str) -> Response {
    json_response(status, &json!({ "success": false, "error": message }))
}

/// Converts an error that the HTTP library created, such as the error of an invalid query, to a
/// JSON response.
pub(super) async fn with_json_error(response: Response, is_tracking_api: bool) -> Response {
    let status = response.status();
    let headers = response.headers();
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !(status.is_client_error() || status.is_server_error()) || is_json {
        return response;
    }
    let allow = headers.get(header::ALLOW).cloned();
    let body = to_bytes(response.into_body(), MAX_MESSAGE_BYTES).await;
    let mut message = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
    if let (true, Some(methods)) = (message.is_empty(), &allow) {
        let methods = methods.to_str().unwrap_or_default();
        message = format!("this path does not support the method; use {methods}");
    } else if message.is_empty() {
        status
            .canonical_reason()
            .unwrap_or("error")
            .clone_into(&mut message);
    }
    let mut response = if is_tracking_api {
        failure(status, &message)
    } else {
        error_response(status, &message)
    };
    if let Some(methods) = allow {
        response.headers_mut().insert(header::ALLOW, methods);
    }
    response
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
