//! The files of the page, which are compiled into the binary.

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

use super::response::error_response;
use crate::app::App;

/// A file of the page.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    body: &'static str,
}

/// Lists the files, each with its name in `assets/` and its content type.
macro_rules! assets {
    ($($name:literal $content_type:literal)*) => {
        &[$(Asset {
            name: $name,
            content_type: $content_type,
            body: include_str!(concat!("../../assets/", $name)),
        }),*]
    };
}

const ASSETS: &[Asset] = assets! {
    "api/client.js" "text/javascript; charset=utf-8"
    "api/live-source.js" "text/javascript; charset=utf-8"
    "api/live-stream.js" "text/javascript; charset=utf-8"
    "app/chaos-panel.js" "text/javascript; charset=utf-8"
    "app/keyboard.js" "text/javascript; charset=utf-8"
    "app/menu.js" "text/javascript; charset=utf-8"
    "app/route.js" "text/javascript; charset=utf-8"
    "app/sample-conversation.js" "text/javascript; charset=utf-8"
    "app/top-bar.js" "text/javascript; charset=utf-8"
    "app/write-error-banner.js" "text/javascript; charset=utf-8"
    "chat/chat-row.js" "text/javascript; charset=utf-8"
    "chat/chat-store.js" "text/javascript; charset=utf-8"
    "chat/chat-view.js" "text/javascript; charset=utf-8"
    "chat/conversation-actions.js" "text/javascript; charset=utf-8"
    "chat/conversation-verdict.js" "text/javascript; charset=utf-8"
    "chat/empty-state.js" "text/javascript; charset=utf-8"
    "chat/event-rows.js" "text/javascript; charset=utf-8"
    "chat/feedback-row.js" "text/javascript; charset=utf-8"
    "chat/feedback.js" "text/javascript; charset=utf-8"
    "chat/find-bar.js" "text/javascript; charset=utf-8"
    "chat/find.js" "text/javascript; charset=utf-8"
    "chat/markdown.js" "text/javascript; charset=utf-8"
    "chat/message-row.js" "text/javascript; charset=utf-8"
    "chat/row-parts.js" "text/javascript; charset=utf-8"
    "chat/rows.js" "text/javascript; charset=utf-8"
    "chat/send-again.js" "text/javascript; charset=utf-8"
    "chat/snippets.js" "text/javascript; charset=utf-8"
    "chat/turn-waterfall.js" "text/javascript; charset=utf-8"
    "chat/turn.js" "text/javascript; charset=utf-8"
    "chat/welcome.js" "text/javascript; charset=utf-8"
    "detail/code-panel.js" "text/javascript; charset=utf-8"
    "detail/copy-as-curl.js" "text/javascript; charset=utf-8"
    "detail/copy-as-rust.js" "text/javascript; charset=utf-8"
    "detail/delivery.js" "text/javascript; charset=utf-8"
    "detail/detail-view.js" "text/javascript; charset=utf-8"
    "detail/identity.js" "text/javascript; charset=utf-8"
    "detail/json-tree.js" "text/javascript; charset=utf-8"
    "detail/rust-literals.js" "text/javascript; charset=utf-8"
    "detail/size-meter.js" "text/javascript; charset=utf-8"
    "detail/verdict.js" "text/javascript; charset=utf-8"
    "icon.svg" "image/svg+xml"
    "index.html" "text/html; charset=utf-8"
    "initial-theme.js" "text/javascript; charset=utf-8"
    "list/conversation-row.js" "text/javascript; charset=utf-8"
    "list/list-store.js" "text/javascript; charset=utf-8"
    "list/list-view.js" "text/javascript; charset=utf-8"
    "main.js" "text/javascript; charset=utf-8"
    "model/conversation-summary.js" "text/javascript; charset=utf-8"
    "model/event.js" "text/javascript; charset=utf-8"
    "model/verdict.js" "text/javascript; charset=utf-8"
    "numbers/bar-plot.js" "text/javascript; charset=utf-8"
    "numbers/figures.js" "text/javascript; charset=utf-8"
    "numbers/numbers-view.js" "text/javascript; charset=utf-8"
    "search/terms.js" "text/javascript; charset=utf-8"
    "styles/base.css" "text/css; charset=utf-8"
    "styles/chaos.css" "text/css; charset=utf-8"
    "styles/chat-rows.css" "text/css; charset=utf-8"
    "styles/chat.css" "text/css; charset=utf-8"
    "styles/content.css" "text/css; charset=utf-8"
    "styles/controls.css" "text/css; charset=utf-8"
    "styles/detail.css" "text/css; charset=utf-8"
    "styles/forced-colors.css" "text/css; charset=utf-8"
    "styles/layout.css" "text/css; charset=utf-8"
    "styles/list.css" "text/css; charset=utf-8"
    "styles/numbers.css" "text/css; charset=utf-8"
    "styles/overlays.css" "text/css; charset=utf-8"
    "styles/search.css" "text/css; charset=utf-8"
    "ui/dom.js" "text/javascript; charset=utf-8"
    "ui/highlights.js" "text/javascript; charset=utf-8"
    "ui/icons.js" "text/javascript; charset=utf-8"
    "ui/popover.js" "text/javascript; charset=utf-8"
    "ui/row-offsets.js" "text/javascript; charset=utf-8"
    "ui/toasts.js" "text/javascript; charset=utf-8"
    "ui/virtual-list.js" "text/javascript; charset=utf-8"
    "util/clipboard.js" "text/javascript; charset=utf-8"
    "util/exact-json.js" "text/javascript; charset=utf-8"
    "util/format.js" "text/javascript; charset=utf-8"
    "util/markdown.js" "text/javascript; charset=utf-8"
    "util/settings.js" "text/javascript; charset=utf-8"
};

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(|headers: HeaderMap| async move { serve("index.html", &headers) }))
        .route(
            "/assets/{*name}",
            get(|Path(name): Path<String>, headers: HeaderMap| async move { serve(&name, &headers) }),
        )
}

fn serve(name: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return error_response(StatusCode::NOT_FOUND, "no such file; the page is at /");
    };
    let etag = etag(asset.body);
    let mut response = if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known == etag.as_str())
    {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, asset.content_type)], asset.body).into_response()
    };
    let headers = response.headers_mut();
    // The browser revalidates a file each time, but receives it again only if it has changed.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(etag) = etag.parse() {
        headers.insert(header::ETAG, etag);
    }
    response
}

fn etag(body: &str) -> String {
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
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        let mut present = BTreeSet::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                    present.insert(name.replace('\\', "/"));
                }
            }
        }
        let served = ASSETS.iter().map(|asset| asset.name.to_owned()).collect();
        assert_eq!(present, served);
    }

    /// Checks that the page loads nothing from other hosts and contains nothing that its content
    /// security policy forbids.
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
