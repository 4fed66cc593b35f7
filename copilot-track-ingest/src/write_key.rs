//! Write keys. A write key identifies the Segment source to which a request belongs.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};

/// The prefixes of Customer.io's API keys that have a region.
const CUSTOMER_IO_PREFIXES: [&str; 4] = ["pk_us_", "pk_eu_", "sk_us_", "sk_eu_"];

/// A write key. It is never empty.
///
/// Its `Debug` output is redacted.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct WriteKey(String);

impl WriteKey {
    /// Creates a write key. Returns `None` if `key` is empty.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Option<Self> {
        let key = key.into();
        (!key.is_empty()).then_some(Self(key))
    }

    /// Returns the write key of a request that uses Basic authentication. The write key is the user
    /// name; the password is ignored.
    #[must_use]
    pub fn from_basic_auth(headers: &HeaderMap) -> Option<Self> {
        let authorization = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, credentials) = authorization.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let credentials =
            String::from_utf8(BASE64_STANDARD.decode(credentials.trim()).ok()?).ok()?;
        let user = credentials
            .split_once(':')
            .map_or(credentials.as_str(), |(user, _)| user);
        Self::new(user)
    }

    /// Returns the write key in the `Authorization` header: the user name of Basic authentication,
    /// or an API key of Customer.io that is sent as a bearer token.
    ///
    /// Customer.io's SDKs send keys with a region, such as `pk_eu_…`, as bearer tokens. Other
    /// bearer tokens are not write keys: Segment's OAuth tokens are sent in addition to a write
    /// key.
    #[must_use]
    pub fn from_authorization(headers: &HeaderMap) -> Option<Self> {
        Self::from_basic_auth(headers).or_else(|| {
            let authorization = headers.get(AUTHORIZATION)?.to_str().ok()?;
            let (scheme, token) = authorization.split_once(' ')?;
            let token = token.trim();
            let is_key = CUSTOMER_IO_PREFIXES
                .iter()
                .any(|prefix| token.starts_with(prefix));
            (scheme.eq_ignore_ascii_case("bearer") && is_key).then(|| Self(token.to_owned()))
        })
    }

    /// Returns the whole key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the first four characters, which usually suffice to tell keys apart, followed by
    /// `…`. For a key of at most eight characters, returns only `…`.
    #[must_use]
    pub fn redacted(&self) -> String {
        let visible = if self.0.chars().count() > 8 {
            self.0.chars().take(4).collect()
        } else {
            String::new()
        };
        format!("{visible}…")
    }
}

impl fmt::Debug for WriteKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "WriteKey({})", self.redacted())
    }
}

/// Redacts write keys in text, which need not be valid JSON. Replaces everything between `writeKey`
/// and the next `,` or `}` with `…`.
#[must_use]
pub fn redact_write_keys(text: &str) -> String {
    let mut parts = text.split("writeKey");
    let mut redacted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        redacted.push_str("writeKey…");
        let end = part.find([',', '}']).unwrap_or(part.len());
        redacted.push_str(part.get(end..).unwrap_or_default());
    }
    redacted
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_user_of_basic_authentication_is_the_write_key() {
        for (header, expected) in [
            ("Basic YS13cml0ZS1rZXk6", Some("a-write-key")),
            ("basic  YS13cml0ZS1rZXk6", Some("a-write-key")),
            // There is no colon after the user name.
            ("Basic YS13cml0ZS1rZXk=", Some("a-write-key")),
            ("Basic Og==", None),
            ("Basic ???", None),
            ("Bearer YS13cml0ZS1rZXk6", None),
            ("Basic", None),
        ] {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(header))]);
            let key = WriteKey::from_basic_auth(&headers);
            assert_eq!(key.as_ref().map(WriteKey::as_str), expected, "{header}");
        }
    }

    #[test]
    fn a_bearer_token_is_a_write_key_if_it_is_a_key_of_customer_io() {
        for (header, expected) in [
            ("Bearer pk_eu_abc", Some("pk_eu_abc")),
            ("bearer  sk_us_abc", Some("sk_us_abc")),
            ("Basic YS13cml0ZS1rZXk6", Some("a-write-key")),
            ("Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln", None),
            ("Bearer", None),
            ("Digest pk_eu_abc", None),
        ] {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(header))]);
            let key = WriteKey::from_authorization(&headers);
            assert_eq!(key.as_ref().map(WriteKey::as_str), expected, "{header}");
        }
    }

    #[test]
    fn a_redacted_key_shows_at_most_four_characters() {
        let redacted = |key: &str| WriteKey::new(key).unwrap().redacted();
        assert_eq!(redacted("sEcReTwRiTeKeY"), "sEcR…");
        assert_eq!(redacted("12345678"), "…");
        assert_eq!(
            format!("{:?}", WriteKey::new("sEcReTwRiTeKeY").unwrap()),
            "WriteKey(sEcR…)"
        );
        assert_eq!(
            redact_write_keys(r#"{"writeKey": "secret", "batch": [}"#),
            r#"{"writeKey…, "batch": [}"#
        );
    }
}
