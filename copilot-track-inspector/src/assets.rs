//! The page: files in the binary.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};

use crate::{api::problem, app::App};

/// A file of the page.
struct Asset {
    name: &'static str,
    kind: &'static str,
    body: &'static str,
}

/// A line a file: its name in `assets/`, and its content type.
macro_rules! assets {
    ($($name:literal $kind:literal)*) => {
        &[$(Asset {
            name: $name,
            kind: $kind,
            body: include_str!(concat!("../assets/", $name)),
        }),*]
    };
}

const ASSETS: &[Asset] = assets! {
    "index.html" "text/html; charset=utf-8"
};

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(|headers: HeaderMap| async move { serve("index.html", &headers) }))
        .route(
            "/assets/{name}",
            get(|Path(name): Path<String>, headers: HeaderMap| async move { serve(&name, &headers) }),
        )
}

fn serve(name: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return problem(
            StatusCode::NOT_FOUND,
            "there is no such file; the page is at /",
        );
    };
    let tag = tag(asset.body);
    let mut response = if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known == tag.as_str())
    {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, asset.kind)], asset.body).into_response()
    };
    let headers = response.headers_mut();
    // Asked for again each time, and sent again only if it is another.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = tag.parse() {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn tag(body: &str) -> String {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}
