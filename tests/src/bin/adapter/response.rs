//! The JSON of requests and responses.

use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// An error response.
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) error: String,
}

impl Failure {
    pub(crate) fn bad(error: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: error.into(),
        }
    }

    pub(crate) fn uninitialized() -> Self {
        Self {
            status: StatusCode::CONFLICT,
            error: "no tracker: call POST /init first".to_owned(),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        json_response(
            self.status,
            &json!({ "success": false, "error": self.error }),
        )
    }
}

/// Returns a response with a JSON body.
pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (status, json, body.to_string()).into_response()
}

/// The result of a handler.
pub(crate) type HandlerResult = Result<Response, Failure>;

/// Returns a response with status 200.
pub(crate) fn ok(body: &Value) -> Response {
    json_response(StatusCode::OK, body)
}

/// Parses the JSON of a request. An empty body counts as an empty object.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body)
        .map_err(|error| Failure::bad(format!("invalid request body: {error}")))
}

pub(crate) async fn unknown(uri: Uri) -> Failure {
    Failure {
        status: StatusCode::NOT_FOUND,
        error: format!("unknown endpoint {}", uri.path()),
    }
}

pub(crate) async fn not_allowed(method: Method, uri: Uri) -> Failure {
    Failure {
        status: StatusCode::METHOD_NOT_ALLOWED,
        error: format!("{} does not accept {method}", uri.path()),
    }
}
