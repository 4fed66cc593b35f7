//! The figures about all stored events.

use std::sync::Arc;

use axum::{Router, extract::State, response::Response, routing::get};

use crate::{
    app::App,
    http::response::{ok_response, store_error_response},
    numbers::report::Numbers,
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/numbers", get(numbers))
}

async fn numbers(State(app): State<Arc<App>>) -> Response {
    let last_seq = app.store.status().last_seq;
    match app.store.read(|store| store.totals()).await {
        Ok(totals) => ok_response(&Numbers::new(&totals, last_seq)),
        Err(error) => store_error_response(&error),
    }
}
