//! Access checks. Web pages other than the inspector's own cannot read anything, and they can send
//! events only if their origin is allowed.
//!
//! - The `Host` header of every request must contain a loopback name or address, or a configured
//!   name. This rejects pages whose host name resolves to this machine (DNS rebinding).
//! - Requests outside the tracking API must come from the inspector's page or from a client that is
//!   not a web page. If a token is set, they must contain it.
//! - The tracking API accepts requests without credentials, as Segment does. If they come from a
//!   page, the page must be on this machine, or its origin must be allowed.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
            ACCESS_CONTROL_REQUEST_HEADERS, CONTENT_SECURITY_POLICY, HOST, LOCATION, ORIGIN,
            REFERRER_POLICY, SET_COOKIE, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::{
    access::Access,
    health,
    response::{error_response, failure, with_json_error},
    token::Token,
};
use crate::base_url::BaseUrl;

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
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let is_tracking_api = path.starts_with("/v1/");
    let is_sender_allowed = is_tracking_api && may_send(&access, request.headers());
    let response = match check(&access, &request) {
        Some(rejection) => rejection,
        None => next.run(request).await,
    };
    let mut response = with_json_error(response, is_tracking_api).await;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, CONTENT_POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if is_sender_allowed {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        // SDKs in browsers read this header after a failure.
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("retry-after"),
        );
        headers.append(VARY, HeaderValue::from_static("origin"));
    } else {
        headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    }
    response
}

/// Returns the response to a request that must not reach its route.
fn check(access: &Access, request: &Request) -> Option<Response> {
    let (method, path, headers) = (request.method(), request.uri().path(), request.headers());
    if path == health::PATH {
        return None;
    }
    if !has_allowed_host(access, request) {
        return Some(error_response(
            StatusCode::FORBIDDEN,
            "unknown Host header; use 127.0.0.1 or localhost, or allow the name (`--host NAME` or `InspectorBuilder::host`)",
        ));
    }
    if path.starts_with("/v1/") {
        if !may_send(access, headers) {
            return Some(failure(
                StatusCode::FORBIDDEN,
                "pages of this origin may not send events; allow the origin (`--allow-origin ORIGIN` or `InspectorBuilder::allow_origin`)",
            ));
        }
        return (*method == Method::OPTIONS).then(|| preflight(headers));
    }
    if !is_same_origin(access, method, path, headers) {
        return Some(error_response(
            StatusCode::FORBIDDEN,
            "requests from pages of other origins are not allowed",
        ));
    }
    authenticate(access, access.token.as_ref()?, request)
}

/// Returns the response to a request without the token. If the token is in the query of the page's
/// URL, stores it in a cookie and redirects to the page.
fn authenticate(access: &Access, token: &Token, request: &Request) -> Option<Response> {
    let is_page = *request.method() == Method::GET && request.uri().path() == "/";
    if is_page && token.in_query(request.uri()) == Some(true) {
        let is_secure = access.base_url.as_ref().is_some_and(BaseUrl::is_secure);
        let location: HeaderValue = format!("{}/", access.base_path()).parse().ok()?;
        let cookie = token.set_cookie(access.base_path(), is_secure)?;
        let headers = [(LOCATION, location), (SET_COOKIE, cookie)];
        return Some((StatusCode::SEE_OTHER, headers).into_response());
    }
    if token.is_in(request.headers()) {
        return None;
    }
    let mut response = error_response(
        StatusCode::UNAUTHORIZED,
        "this inspector requires a token; open the page as /?token=TOKEN, or send the header `Authorization: Bearer TOKEN`",
    );
    let headers = response.headers_mut();
    headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    Some(response)
}

/// Returns whether a request to the tracking API comes from an allowed page or from a client that
/// is not a web page.
fn may_send(access: &Access, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    match (origins.next(), origins.next()) {
        // A browser sends the origin with each request that can send events.
        (None, _) => is_same_site(headers),
        (Some(origin), None) => {
            access.is_own_origin(origin, headers)
                || origin
                    .to_str()
                    .is_ok_and(|origin| access.origins.contains(origin))
        }
        _ => false,
    }
}

fn is_same_site(headers: &HeaderMap) -> bool {
    let site = headers.get(FETCH_SITE).map(HeaderValue::as_bytes);
    matches!(site, None | Some(b"same-origin" | b"none"))
}

/// Returns whether the request has exactly one `Host` header and its host is allowed. If the
/// request target is absolute, its authority must be allowed too.
fn has_allowed_host(access: &Access, request: &Request) -> bool {
    let hosts = &access.hosts;
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
        HeaderValue::from_static("GET, POST"),
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
fn is_same_origin(access: &Access, method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let is_navigation = *method == Method::GET
        && path == "/"
        && headers
            .get(FETCH_MODE)
            .is_some_and(|mode| mode == "navigate");
    let mut origins = headers.get_all(ORIGIN).iter();
    let is_own_origin = match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => access.is_own_origin(origin, headers),
        _ => false,
    };
    // Any other page may link to the inspector's page.
    (is_navigation || is_same_site(headers)) && is_own_origin
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
        let access = Access::default();
        let get =
            |path: &str, pairs: &[_]| is_same_origin(&access, &Method::GET, path, &headers(pairs));
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
