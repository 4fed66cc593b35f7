//! The JSON API for the page, tests, and scripts. `docs/inspector-api.md` describes it.

mod conversation;
mod conversation_parts;
mod find;
mod numbers;
mod page;
mod query;
mod testing;
mod transfer;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};

use crate::app::App;

pub(super) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .merge(page::routes())
        .merge(conversation::routes())
        .merge(numbers::routes())
        .merge(find::routes())
        .merge(testing::routes())
        .merge(transfer::routes())
        .route_layer(middleware::from_fn_with_state(Arc::clone(app), recheck))
}

/// If the tracking plan has changed, checks the stored events again before a request reads them.
async fn recheck(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    app.recheck().await;
    next.run(request).await
}
