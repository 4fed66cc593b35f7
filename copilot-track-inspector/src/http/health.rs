//! The health check for containers and load balancers. It reveals nothing about events, so it needs
//! no token.

use std::sync::Arc;

use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use serde_json::json;

use super::response::{error_response, ok_response};
use crate::app::App;

pub(super) const PATH: &str = "/healthz";

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route(PATH, get(health))
}

/// Responds with 503 while events cannot be stored.
async fn health(State(app): State<Arc<App>>) -> Response {
    if app.store.write_error().is_some() {
        return error_response(
            StatusCode::SERVICE_UNAVAILABLE,
            "events cannot be written to the database",
        );
    }
    ok_response(&json!({ "status": "ok" }))
}
