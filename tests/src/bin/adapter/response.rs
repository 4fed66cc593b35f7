//! Requests' and answers' JSON.

use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// An answer that says why not.
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

    pub(crate) fn uninitialised() -> Self {
        Self {
            status: StatusCode::CONFLICT,
            error: "there is no tracker: POST /init first".to_owned(),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        answer(
            self.status,
            &json!({ "success": false, "error": self.error }),
        )
    }
}

pub(crate) fn answer(status: StatusCode, body: &Value) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (status, json, body.to_string()).into_response()
}

pub(crate) type Answer = Result<Response, Failure>;

pub(crate) fn ok(body: &Value) -> Response {
    answer(StatusCode::OK, body)
}

/// A request's JSON; no body is as good as an empty object.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| {
        Failure::bad(format!(
            "the body is not the JSON that is expected: {error}"
        ))
    })
}

pub(crate) async fn unknown(uri: Uri) -> Failure {
    Failure {
        status: StatusCode::NOT_FOUND,
        error: format!("there is no endpoint {}", uri.path()),
    }
}

pub(crate) async fn not_allowed(method: Method, uri: Uri) -> Failure {
    Failure {
        status: StatusCode::METHOD_NOT_ALLOWED,
        error: format!("{} does not take {method}", uri.path()),
    }
}
