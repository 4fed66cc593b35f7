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
    "api.js" "text/javascript; charset=utf-8"
    "base.css" "text/css; charset=utf-8"
    "chaos.js" "text/javascript; charset=utf-8"
    "chat-row.js" "text/javascript; charset=utf-8"
    "chat-store.js" "text/javascript; charset=utf-8"
    "chat.css" "text/css; charset=utf-8"
    "chat.js" "text/javascript; charset=utf-8"
    "clipboard.js" "text/javascript; charset=utf-8"
    "conversations.js" "text/javascript; charset=utf-8"
    "copy-curl.js" "text/javascript; charset=utf-8"
    "copy-rust.js" "text/javascript; charset=utf-8"
    "delivery.js" "text/javascript; charset=utf-8"
    "detail.css" "text/css; charset=utf-8"
    "detail.js" "text/javascript; charset=utf-8"
    "dom.js" "text/javascript; charset=utf-8"
    "exact.js" "text/javascript; charset=utf-8"
    "facts.js" "text/javascript; charset=utf-8"
    "forced.css" "text/css; charset=utf-8"
    "hash.js" "text/javascript; charset=utf-8"
    "icon.svg" "image/svg+xml"
    "index.html" "text/html; charset=utf-8"
    "json-tree.js" "text/javascript; charset=utf-8"
    "keys.js" "text/javascript; charset=utf-8"
    "layout.css" "text/css; charset=utf-8"
    "list-store.js" "text/javascript; charset=utf-8"
    "list.css" "text/css; charset=utf-8"
    "list.js" "text/javascript; charset=utf-8"
    "live.js" "text/javascript; charset=utf-8"
    "main.js" "text/javascript; charset=utf-8"
    "menu.js" "text/javascript; charset=utf-8"
    "notify.js" "text/javascript; charset=utf-8"
    "popover.js" "text/javascript; charset=utf-8"
    "rows.js" "text/javascript; charset=utf-8"
    "settings.js" "text/javascript; charset=utf-8"
    "theme-first.js" "text/javascript; charset=utf-8"
    "time.js" "text/javascript; charset=utf-8"
    "verdict.js" "text/javascript; charset=utf-8"
    "virtual.js" "text/javascript; charset=utf-8"
    "widgets.css" "text/css; charset=utf-8"
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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn every_file_of_the_page_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        let there: BTreeSet<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let served = ASSETS.iter().map(|asset| asset.name.to_owned()).collect();
        assert_eq!(there, served);
    }

    /// Nothing is asked of another host, and nothing stands in the document that its policy
    /// forbids.
    #[test]
    fn the_page_is_self_contained() {
        for asset in ASSETS {
            for forbidden in [
                "https://",
                "http://",
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
            ] {
                let rest = asset.body.replace("http://www.w3.org/2000/svg", "");
                assert!(!rest.contains(forbidden), "{} has {forbidden}", asset.name);
            }
        }
        let index = ASSETS
            .iter()
            .find(|asset| asset.name == "index.html")
            .unwrap();
        for inline in ["<style", "style=", "<script>", " onclick"] {
            assert!(!index.body.contains(inline), "{inline}");
        }
    }
}
