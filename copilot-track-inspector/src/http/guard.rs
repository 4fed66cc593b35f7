//! Who may ask: no foreign page may read or change anything, and no foreign name may stand for this
//! machine.
//!
//! - Every request's `Host` has to be a loopback name or address, or one that was configured: a
//!   page whose name is made to point here (DNS rebinding) is refused.
//! - Whatever is not the tracking API has to come from our own page, or from no page at all.
//! - The tracking API takes posts from any page, without credentials, as Segment's does.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
            CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::api::problem;
use crate::app::App;

/// What our page may load: our own files, and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
     font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const PRIVATE_ASKED: HeaderName = HeaderName::from_static("access-control-request-private-network");
const PRIVATE_ALLOWED: HeaderName = HeaderName::from_static("access-control-allow-private-network");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The names that this server goes by, beside the loopback ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    names: Vec<String>,
    /// Any bare address will do: only a name can be made to point here.
    addresses: bool,
}

impl Hosts {
    pub(crate) fn new(names: impl IntoIterator<Item = String>, addresses: bool) -> Self {
        let names = names
            .into_iter()
            .map(|name| name.to_ascii_lowercase())
            .collect();
        Self { names, addresses }
    }

    /// Whether a `Host` header, with or without a port, names this server.
    fn has(&self, host: &str) -> bool {
        let Some(name) = name_of(host) else {
            return false;
        };
        let name = name.to_ascii_lowercase();
        if name == "localhost" || name.ends_with(".localhost") || self.names.contains(&name) {
            return true;
        }
        let address = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'))
            .unwrap_or(&name);
        address
            .parse::<IpAddr>()
            .is_ok_and(|address| self.addresses || address.is_loopback())
    }
}

/// A host without its port; nothing, if that is no port.
fn name_of(host: &str) -> Option<&str> {
    let end = if host.starts_with('[') {
        host.find(']')? + 1
    } else {
        host.find(':').unwrap_or(host.len())
    };
    let (name, port) = host.split_at_checked(end)?;
    let is_port = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    is_port.then_some(name)
}

pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let ingestion = request.uri().path().starts_with("/v1/");
    let mut response = if !is_host_ours(&app.hosts, &request) {
        problem(
            StatusCode::FORBIDDEN,
            "this Host is not ours: use 127.0.0.1 or localhost, or start with `--host NAME`",
        )
    } else if ingestion && request.method() == Method::OPTIONS {
        preflight(headers)
    } else if !ingestion && !is_ours(request.method(), request.uri().path(), headers) {
        problem(
            StatusCode::FORBIDDEN,
            "pages of other origins may not ask for this",
        )
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if ingestion {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    } else {
        headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    }
    response
}

/// There is one `Host`, and it is ours; a target that names another host is not.
fn is_host_ours(hosts: &Hosts, request: &Request) -> bool {
    let mut values = request.headers().get_all(HOST).iter();
    let (Some(host), None) = (values.next(), values.next()) else {
        return false;
    };
    host.to_str().is_ok_and(|host| hosts.has(host))
        && request
            .uri()
            .authority()
            .is_none_or(|authority| hosts.has(authority.as_str()))
}

/// What a browser asks before it posts what is not a simple request.
fn preflight(headers: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let answer = response.headers_mut();
    answer.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST"),
    );
    answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    answer.insert(
        VARY,
        HeaderValue::from_static("access-control-request-headers"),
    );
    let asked = headers.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    answer.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        asked.unwrap_or(HeaderValue::from_static("authorization, content-type")),
    );
    if headers.contains_key(PRIVATE_ASKED) {
        answer.insert(PRIVATE_ALLOWED, HeaderValue::from_static("true"));
    }
    response
}

/// Whether a request comes from our own page, or from no page.
fn is_ours(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let site = headers.get(FETCH_SITE).map(HeaderValue::as_bytes);
    let followed = *method == Method::GET
        && path == "/"
        && headers
            .get(FETCH_MODE)
            .is_some_and(|mode| mode == "navigate");
    // A link to the page may be anywhere.
    let near = followed || matches!(site, None | Some(b"same-origin" | b"none"));
    let mut origins = headers.get_all(ORIGIN).iter();
    let own = match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => headers.get(HOST).is_some_and(|host| {
            origin.as_bytes().strip_prefix(b"http://") == Some(host.as_bytes())
        }),
        _ => false,
    };
    near && own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_names_are_ours() {
        let hosts = Hosts::new(["Inspector".to_owned(), "192.168.0.7".to_owned()], false);
        for host in [
            "localhost",
            "LOCALHOST:80",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:8077",
            "app.localhost:1",
            "inspector:8077",
            "192.168.0.7:8077",
        ] {
            assert!(hosts.has(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "127.0.0.1.example.com",
            "localhost.example.com",
            "notlocalhost",
            "10.0.0.1",
            "[::1",
            "[::2]",
            "0.0.0.0:1",
            "localhost:80@example.com",
            "localhost:x",
            "localhost:80:80",
            "2130706433",
        ] {
            assert!(!hosts.has(host), "{host}");
        }
    }

    #[test]
    fn where_other_machines_may_ask_any_address_will_do_and_no_name() {
        let hosts = Hosts::new([], true);
        for host in ["10.0.0.1:8077", "[2001:db8::1]:8077", "localhost"] {
            assert!(hosts.has(host), "{host}");
        }
        for host in ["evil.example", "10.0.0.1.evil.example", "1"] {
            assert!(!hosts.has(host), "{host}");
        }
    }

    #[test]
    fn foreign_pages_are_told_by_origin_and_by_fetch_metadata() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            let host = (HOST, HeaderValue::from_static("127.0.0.1:8077"));
            let pairs = pairs.iter().map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            });
            std::iter::once(host).chain(pairs).collect()
        };
        let get = |path: &str, pairs: &[_]| is_ours(&Method::GET, path, &headers(pairs));
        assert!(get("/all", &[]));
        assert!(get(
            "/all",
            &[
                ("origin", "http://127.0.0.1:8077"),
                ("sec-fetch-site", "same-origin")
            ]
        ));
        assert!(get(
            "/",
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate")
            ]
        ));
        assert!(!get(
            "/all",
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate")
            ]
        ));
        assert!(!get("/all", &[("sec-fetch-site", "same-site")]));
        for origin in [
            "null",
            "http://example.com",
            "http://127.0.0.1",
            "https://127.0.0.1:8077",
            "http://localhost:8077",
            "",
        ] {
            assert!(!get("/reset", &[("origin", origin)]), "{origin}");
        }
    }
}
