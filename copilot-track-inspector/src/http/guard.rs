//! Access checks. Web pages other than the inspector's own can send events, but they cannot read
//! anything or make any other changes.
//!
//! - The `Host` header of every request must contain a loopback name or address, or a configured
//!   name. This rejects pages whose host name resolves to this machine (DNS rebinding).
//! - Requests outside the tracking API must come from the inspector's page or from a client that is
//!   not a web page.
//! - Like Segment, the tracking API accepts `POST` requests without credentials from any page.

use std::sync::Arc;

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

use super::{hosts::AllowedHosts, response::error_response};

/// The content security policy. The page may load only the inspector's own files.
const CONTENT_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
     font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Rejects requests that are not allowed, and adds security headers to every response.
pub(super) async fn guard(
    State(hosts): State<Arc<AllowedHosts>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let is_tracking_api = request.uri().path().starts_with("/v1/");
    let mut response = if !has_allowed_host(&hosts, &request) {
        error_response(
            StatusCode::FORBIDDEN,
            "unknown Host header; use 127.0.0.1 or localhost, or allow the name (`--host NAME` or `InspectorBuilder::host`)",
        )
    } else if is_tracking_api && request.method() == Method::OPTIONS {
        preflight(headers)
    } else if !is_tracking_api && !is_same_origin(request.method(), request.uri().path(), headers) {
        error_response(
            StatusCode::FORBIDDEN,
            "requests from pages of other origins are not allowed",
        )
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, CONTENT_POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if is_tracking_api {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    } else {
        headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    }
    response
}

/// Returns whether the request has exactly one `Host` header and its host is allowed. If the
/// request target is absolute, its authority must be allowed too.
fn has_allowed_host(hosts: &AllowedHosts, request: &Request) -> bool {
    let mut values = request.headers().get_all(HOST).iter();
    let (Some(host), None) = (values.next(), values.next()) else {
        return false;
    };
    host.to_str().is_ok_and(|host| hosts.contains(host))
        && request
            .uri()
            .authority()
            .is_none_or(|authority| hosts.contains(authority.as_str()))
}

/// Responds to a browser's CORS preflight request to the tracking API.
fn preflight(headers: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let response_headers = response.headers_mut();
    response_headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST"),
    );
    response_headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response_headers.insert(
        VARY,
        HeaderValue::from_static("access-control-request-headers"),
    );
    let requested_headers = headers.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    response_headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        requested_headers.unwrap_or(HeaderValue::from_static("authorization, content-type")),
    );
    if headers.contains_key(REQUEST_PRIVATE_NETWORK) {
        response_headers.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
    }
    response
}

/// Returns whether a request comes from the inspector's page or from a client that is not a web
/// page.
fn is_same_origin(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let site = headers.get(FETCH_SITE).map(HeaderValue::as_bytes);
    let is_navigation = *method == Method::GET
        && path == "/"
        && headers
            .get(FETCH_MODE)
            .is_some_and(|mode| mode == "navigate");
    // Any other page may link to the inspector's page.
    let is_same_site = is_navigation || matches!(site, None | Some(b"same-origin" | b"none"));
    let mut origins = headers.get_all(ORIGIN).iter();
    let is_own_origin = match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => headers.get(HOST).is_some_and(|host| {
            origin.as_bytes().strip_prefix(b"http://") == Some(host.as_bytes())
        }),
        _ => false,
    };
    is_same_site && is_own_origin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_origins_are_detected_by_origin_and_fetch_metadata() {
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
        let get = |path: &str, pairs: &[_]| is_same_origin(&Method::GET, path, &headers(pairs));
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
