//! The JSON API for the page, tests, and scripts. `docs/inspector-api.md` describes it.

mod page;
mod query;
mod testing;
mod transfer;

use std::sync::Arc;

use axum::Router;

use crate::app::App;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .merge(page::routes())
        .merge(testing::routes())
        .merge(transfer::routes())
}
