//! What surrounds the events of a request.

use std::net::IpAddr;

use copilot_track::{Context, Page};
use http::HeaderMap;
use http::header::{REFERER, USER_AGENT};

use crate::input::accept_language;

/// Returns the context of a request. Headers that are missing or not ASCII are left out.
pub(crate) fn of(headers: &HeaderMap, ip: Option<IpAddr>) -> Context {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let mut context = Context::new();
    if let Some(ip) = ip {
        context = context.ip(ip);
    }
    if let Some(user_agent) = text(USER_AGENT) {
        context = context.user_agent(user_agent);
    }
    if let Some(locale) = accept_language::preferred(headers) {
        context = context.locale(locale);
    }
    if let Some(page) = text(REFERER).filter(|url| is_web_page(url)) {
        context = context.page(Page::new(page));
    }
    context
}

fn is_web_page(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| {
        scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_become_a_context() {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, "Mozilla/5.0".parse().unwrap());
        headers.insert(REFERER, "https://example.com/pricing?a=b".parse().unwrap());
        headers.insert("accept-language", "de-DE,en;q=0.5".parse().unwrap());
        let context = of(&headers, Some([203, 0, 113, 7].into()));
        assert_eq!(
            serde_json::to_value(context).unwrap(),
            serde_json::json!({
                "ip": "203.0.113.7", "userAgent": "Mozilla/5.0", "locale": "de-DE",
                "page": {
                    "url": "https://example.com/pricing?a=b", "path": "/pricing", "search": "?a=b",
                },
            })
        );
    }

    #[test]
    fn odd_headers_are_left_out() {
        let mut headers = HeaderMap::new();
        let not_ascii = http::HeaderValue::from_bytes(b"\xff").unwrap();
        headers.insert(USER_AGENT, not_ascii.clone());
        headers.insert("accept-language", not_ascii);
        for referer in ["", "about:client", "javascript://x", "://", "x"] {
            headers.insert(REFERER, referer.parse().unwrap());
            assert!(of(&headers, None).is_empty(), "{referer}");
        }
    }
}
