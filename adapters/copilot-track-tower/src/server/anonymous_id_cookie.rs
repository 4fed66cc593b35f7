//! The cookie that gives a browser an anonymous id.

use http::HeaderValue;

/// The name of the cookie in which analytics.js keeps the anonymous id.
pub(crate) const NAME: &str = "ajs_anonymous_id";

/// The cookie that gives a browser an anonymous id: `ajs_anonymous_id`, as analytics.js writes it.
///
/// A browser and a service that use the same anonymous id are one visitor in Segment. The service
/// sees the first request before analytics.js is loaded, so the service has to choose the id.
///
/// ```
/// # fn example(tracker: &copilot_track::Tracker) {
/// use copilot_track_tower::{AnonymousIdCookie, TrackLayer};
///
/// let cookie = AnonymousIdCookie::new().domain("example.com").category("Analytics");
/// let layer = TrackLayer::builder(tracker).anonymous_id_cookie(cookie).build();
/// # drop(layer);
/// # }
/// ```
///
/// The cookie is valid for one year on all paths (`Path=/`), with `SameSite=Lax`. Scripts can read
/// it. It is `Secure` if the request came through HTTPS: if the URI says so, or if a [trusted
/// proxy](crate::TrustedProxies) does.
///
/// The cookie is set only if all of the following are true:
///
/// - The request contains no valid anonymous id in a cookie or header.
/// - The request has no `Sec-GPC: 1` header, and the customer's
///   [consent](crate::TrackLayerBuilder::consent) does not forbid the cookie:
///   with [`category`](Self::category), the customer agreed to the category; without it, the
///   customer refused no category.
/// - The response is a success or a redirect and the method is neither `HEAD` nor `OPTIONS`, or a
///   conversation was opened during the request.
/// - The response is not meant for shared caches: its `Cache-Control` contains neither `public` nor
///   `s-maxage`. A cache would give the same id to all visitors.
/// - The response does not set the cookie itself.
/// - The request does not continue a conversation without any id, as a client does that keeps no
///   cookies. The conversation then keeps its user.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct AnonymousIdCookie {
    domain: Option<String>,
    category: Option<String>,
    is_always_secure: bool,
}

impl AnonymousIdCookie {
    /// Creates a cookie for the host of the request.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the domain, so that subdomains share the cookie. By default, analytics.js uses the
    /// highest domain that browsers accept, for example `example.com` on `www.example.com`.
    ///
    /// A domain that contains characters other than ASCII letters, digits, `-`, and `.` is ignored,
    /// and a warning is logged.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        let domain = domain.into();
        let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        if !domain.is_empty() && domain.bytes().all(is_valid) {
            self.domain = Some(domain);
        } else {
            tracing::warn!(domain, "the domain of the anonymous id cookie is ignored");
        }
        self
    }

    /// Sets the category of consent that the cookie needs. `id` is the category's id in Segment.
    pub fn category(mut self, id: impl Into<String>) -> Self {
        self.category = Some(id.into());
        self
    }

    /// Makes the cookie `Secure` for each request, for example because a proxy terminates TLS
    /// without a header.
    pub fn always_secure(mut self) -> Self {
        self.is_always_secure = true;
        self
    }

    pub(crate) fn consent_category(&self) -> Option<&str> {
        self.category.as_deref()
    }

    /// Returns the `Set-Cookie` header.
    pub(crate) fn header(&self, id: &str, is_https: bool) -> Option<HeaderValue> {
        let mut header = format!("{NAME}={id}; Path=/; Max-Age=31536000; SameSite=Lax");
        if let Some(domain) = &self.domain {
            header.push_str("; Domain=");
            header.push_str(domain);
        }
        if is_https || self.is_always_secure {
            header.push_str("; Secure");
        }
        HeaderValue::try_from(header).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_that_of_analytics_js() {
        let cookie = AnonymousIdCookie::new();
        assert_eq!(
            cookie.header("a-1", false).unwrap(),
            "ajs_anonymous_id=a-1; Path=/; Max-Age=31536000; SameSite=Lax"
        );
        let cookie = cookie.domain("example.com");
        assert_eq!(
            cookie.header("a-1", true).unwrap(),
            "ajs_anonymous_id=a-1; Path=/; Max-Age=31536000; SameSite=Lax; Domain=example.com; \
             Secure"
        );
        assert!(
            AnonymousIdCookie::new()
                .always_secure()
                .header("a", false)
                .is_some_and(|header| header.as_bytes().ends_with(b"; Secure"))
        );
    }

    #[test]
    fn a_domain_cannot_add_attributes() {
        for domain in ["", "a.example; HttpOnly", "a\r\nb", "bücher.example"] {
            assert_eq!(AnonymousIdCookie::new().domain(domain).domain, None);
        }
    }
}
