//! All routes, behind the access checks.

use std::sync::Arc;

use axum::{Router, http::StatusCode, middleware};

use super::{api, assets, guard::guard, hosts::AllowedHosts, response::error_response, tracking};
use crate::app::App;

pub(crate) fn router(app: Arc<App>, hosts: AllowedHosts) -> Router {
    Router::new()
        .merge(tracking::routes())
        .merge(api::routes())
        .merge(assets::routes())
        .fallback(|| async {
            error_response(StatusCode::NOT_FOUND, "no such path; the page is at /")
        })
        .layer(middleware::from_fn_with_state(Arc::new(hosts), guard))
        .with_state(app)
}
