//! The page in the browser.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, Response};

/// Returns the page.
pub(crate) async fn page() -> Html<&'static str> {
    Html(include_str!("page.html"))
}

/// Answers the browser's question whether a page of another port may send a request.
pub(crate) async fn allow_other_ports() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Allows requests from pages of other ports, because there is no load balancer in front of the
/// replicas.
pub(crate) async fn with_cors(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("content-type"),
    );
    response
}
