//! The token that protects the page and the API.
//!
//! Programs send it as a Bearer token. A browser opens `/?token=TOKEN` once. The inspector then
//! sets a cookie, so that the token does not stay in the address.

use axum::http::{
    HeaderMap, HeaderValue, Uri,
    header::{AUTHORIZATION, COOKIE},
};

/// The minimum length of a token, in characters.
pub(crate) const MIN_TOKEN_CHARS: usize = 8;

/// A token, and the cookie in which browsers keep it.
#[derive(Clone)]
pub(crate) struct Token {
    token: String,
    /// The name of the cookie. Browsers do not separate the cookies of different ports, so the name
    /// contains the port.
    cookie: String,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// Returns whether a text can be a token: at least [`MIN_TOKEN_CHARS`] letters, digits, and
/// characters that need no escapes in URLs and cookies.
pub(crate) fn is_valid(token: &str) -> bool {
    token.len() >= MIN_TOKEN_CHARS
        && token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

impl Token {
    pub(crate) fn new(token: String, port: u16) -> Self {
        Self {
            token,
            cookie: format!("inspector_token_{port}"),
        }
    }

    /// Returns whether a request's headers contain the token.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let bearer = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .is_some_and(|(_, token)| self.is(token.trim()));
        bearer
            || headers
                .get_all(COOKIE)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.split(';'))
                .filter_map(|pair| pair.trim().split_once('='))
                .any(|(name, token)| name == self.cookie && self.is(token))
    }

    /// Returns whether the `token` parameter of a URL is the token, or `None` if there is no such
    /// parameter.
    pub(super) fn in_query(&self, uri: &Uri) -> Option<bool> {
        let mut pairs = uri.query()?.split('&');
        let token = pairs.find_map(|pair| pair.strip_prefix("token="))?;
        Some(self.is(token))
    }

    /// Returns the value of the `Set-Cookie` header that stores the token.
    pub(super) fn set_cookie(&self, path: &str, is_secure: bool) -> Option<HeaderValue> {
        let secure = if is_secure { "; Secure" } else { "" };
        format!(
            "{}={}; Path={path}/; HttpOnly; SameSite=Lax{secure}",
            self.cookie, self.token
        )
        .parse()
        .ok()
    }

    /// Compares in constant time, so that the time does not show how many characters are right.
    fn is(&self, other: &str) -> bool {
        let (token, other) = (self.token.as_bytes(), other.as_bytes());
        let differences = token
            .iter()
            .zip(other)
            .fold(0, |differences, (one, other)| differences | (one ^ other));
        token.len() == other.len() && differences == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_in_headers_cookies_and_the_query() {
        let token = Token::new("a-long-token".into(), 80);
        let is_in = |name: &'static str, value: &'static str| {
            token.is_in(&HeaderMap::from_iter([(
                axum::http::HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )]))
        };
        assert!(is_in("authorization", "bearer a-long-token"));
        assert!(is_in("cookie", "a=b; inspector_token_80=a-long-token"));
        for (name, value) in [
            ("authorization", "Bearer a-long-toke"),
            ("authorization", "Bearer a-long-tokens"),
            ("authorization", "Basic a-long-token"),
            ("authorization", "a-long-token"),
            ("cookie", "inspector_token_81=a-long-token"),
            ("cookie", "inspector_token_80="),
            ("x-token", "a-long-token"),
        ] {
            assert!(!is_in(name, value), "{name}: {value}");
        }
        let query = |uri: &str| token.in_query(&uri.parse().unwrap());
        assert_eq!(query("/?a=b&token=a-long-token"), Some(true));
        assert_eq!(query("/?token=other"), Some(false));
        assert_eq!(query("/?tokens=a-long-token"), None);
        assert_eq!(query("/"), None);
    }

    #[test]
    fn tokens_need_no_escapes() {
        assert!(is_valid("0123-._~"));
        for invalid in ["", "short", "with space", "with;semicolon", "größeres"] {
            assert!(!is_valid(invalid), "{invalid}");
        }
    }
}
