//! All routes, behind the access checks.

use std::sync::Arc;

use axum::{Router, http::StatusCode, middleware};

use super::{
    access::Access, api, assets, guard::guard, health, response::error_response, settings, tracking,
};
use crate::app::App;

pub(crate) fn router(app: Arc<App>, access: Access) -> Router {
    Router::new()
        .merge(health::routes())
        .merge(settings::routes())
        .merge(tracking::routes())
        .merge(api::routes(&app))
        .merge(assets::routes())
        .fallback(|| async {
            error_response(StatusCode::NOT_FOUND, "no such path; the page is at /")
        })
        .layer(middleware::from_fn_with_state(Arc::new(access), guard))
        .with_state(app)
}
