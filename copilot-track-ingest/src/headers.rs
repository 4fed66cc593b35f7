//! Reads request headers.

use http::{HeaderMap, header::CONTENT_ENCODING};

/// Returns the value of the `Content-Encoding` header.
#[must_use]
pub fn content_encoding(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_ENCODING)?.to_str().ok()
}

/// Returns how many times the client has retried this request, according to the `X-Retry-Count`
/// header. Returns 0 if there is no valid header.
#[must_use]
pub fn retry_count(headers: &HeaderMap) -> u64 {
    headers
        .get("x-retry-count")
        .and_then(|count| count.to_str().ok()?.trim().parse().ok())
        .unwrap_or(0)
}
