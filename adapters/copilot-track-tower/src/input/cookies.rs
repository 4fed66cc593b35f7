//! Cookies of a request.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::COOKIE;
use percent_encoding::percent_decode;

/// The maximum size of a cookie's value in bytes. Browsers accept 4,096 bytes for name and value.
const MAX_VALUE_BYTES: usize = 4_096;

/// Returns the value of a cookie, without the quotes around it and with percent-encoding decoded.
///
/// If the request has several cookies with this name, the first one is used, as in analytics.js.
/// Returns `None` if there is no such cookie, or if its value is not valid UTF-8 or has more than
/// 4,096 bytes.
///
/// Use it in the closures of [`TrackLayerBuilder`](crate::TrackLayerBuilder), for example to read a
/// consent cookie.
///
/// ```
/// let mut headers = http::HeaderMap::new();
/// headers.insert("cookie", "a=1; plan=pro%20plus".parse()?);
/// assert_eq!(copilot_track_tower::cookie(&headers, "plan").as_deref(), Some("pro plus"));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &'a str) -> Option<Cow<'a, str>> {
    values(headers, name).next().flatten()
}

/// Iterates over the values of all cookies with this name. A value that cannot be decoded is
/// `None`.
pub(crate) fn values<'a>(
    headers: &'a HeaderMap,
    name: &'a str,
) -> impl Iterator<Item = Option<Cow<'a, str>>> {
    headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .filter_map(move |pair| {
            let pair = pair.trim_ascii();
            let equals = pair.iter().position(|byte| *byte == b'=')?;
            let (key, value) = (pair.get(..equals)?, pair.get(equals + 1..)?);
            (key.trim_ascii_end() == name.as_bytes()).then(|| decode(value.trim_ascii_start()))
        })
}

fn decode(value: &[u8]) -> Option<Cow<'_, str>> {
    if value.len() > MAX_VALUE_BYTES {
        return None;
    }
    let unquoted = value
        .strip_prefix(b"\"")
        .and_then(|value| value.strip_suffix(b"\""));
    percent_decode(unquoted.unwrap_or(value)).decode_utf8().ok()
}

/// Returns the id in a cookie of analytics.js. Older versions write ids as JSON. Returns `None` if
/// the cookie contains no id.
pub(crate) fn segment_id(value: &str) -> Option<String> {
    let value = value.trim();
    if value.is_empty() || value == "null" || value == "undefined" {
        return None;
    }
    if value.starts_with('"') {
        return serde_json::from_str::<String>(value)
            .ok()
            .filter(|id| !id.trim().is_empty());
    }
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cookies: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(
                COOKIE,
                http::HeaderValue::from_bytes(cookie.as_bytes()).unwrap(),
            );
        }
        headers
    }

    #[track_caller]
    fn check(cookies: &[&str], expected: Option<&str>) {
        let headers = with(cookies);
        assert_eq!(cookie(&headers, "a").as_deref(), expected, "{cookies:?}");
    }

    #[test]
    fn values_are_unquoted_and_decoded() {
        check(&["a=1"], Some("1"));
        check(&["b=2; a=1"], Some("1"));
        check(&["b=2;a=1;c"], Some("1"));
        check(&["b=2", "a=1"], Some("1"));
        check(&["a = 1 "], Some("1"));
        check(&["a=\"1\""], Some("1"));
        check(&["a=%221%22"], Some("\"1\""));
        check(&["a=x%3Dy%C3%A9"], Some("x=yé"));
        check(&["a=x=y"], Some("x=y"));
        check(&["a=é"], Some("é"));
        check(&["a=100%"], Some("100%"));
        check(&["a=\""], Some("\""));
        check(&["a="], Some(""));
    }

    #[test]
    fn other_cookies_are_not_used() {
        check(&[], None);
        check(&[""], None);
        check(&["a"], None);
        check(&["=1"], None);
        check(&["aa=1; A=2; b=a=3"], None);
    }

    #[test]
    fn the_first_of_several_cookies_is_used() {
        check(&["a=1; a=2"], Some("1"));
        check(&["a=1", "a=2"], Some("1"));
    }

    #[test]
    fn values_that_cannot_be_read_are_left_out() {
        check(&["a=%FF"], None);
        check(&[&format!("a={}", "x".repeat(4_097))], None);
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, http::HeaderValue::from_bytes(b"a=\xff").unwrap());
        assert_eq!(cookie(&headers, "a"), None);
    }

    #[test]
    fn ids_can_be_json() {
        assert_eq!(segment_id("abc").as_deref(), Some("abc"));
        assert_eq!(segment_id("\"abc\"").as_deref(), Some("abc"));
        assert_eq!(segment_id(r#""a\"b""#).as_deref(), Some("a\"b"));
        assert_eq!(segment_id("123").as_deref(), Some("123"));
        for none in ["", " ", "null", "undefined", "\"\"", "\"", "\"a", "\" \""] {
            assert_eq!(segment_id(none), None, "{none}");
        }
    }
}
