//! Origins: a scheme, a host, and a port.

use std::fmt;
use std::str::FromStr;

use http::Uri;

/// A scheme, a host, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

/// The error returned for a string that is not an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseOriginError {
    origin: String,
}

impl fmt::Display for ParseOriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not an origin: use a scheme and a host, and a port if it is not the default \
             one, such as `https://tools.example.com:8443`",
            self.origin
        )
    }
}

impl std::error::Error for ParseOriginError {}

impl Origin {
    /// Returns the origin of a URI. Returns `None` if the URI is relative, or if its scheme is
    /// neither `http` nor `https`.
    pub(crate) fn of(uri: &Uri) -> Option<Self> {
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let authority = uri.authority()?;
        // `port_u16` is also `None` for a port that is not a number.
        let has_port = authority
            .as_str()
            .rsplit_once('@')
            .map_or(authority.as_str(), |(_, host)| host)
            .len()
            > authority.host().len();
        let port = match authority.port_u16() {
            Some(port) => port,
            None if !has_port => default_port,
            None => return None,
        };
        Some(Self {
            scheme,
            host: authority.host().to_ascii_lowercase(),
            port,
        })
    }
}

impl FromStr for Origin {
    type Err = ParseOriginError;

    fn from_str(text: &str) -> Result<Self, ParseOriginError> {
        let error = || ParseOriginError {
            origin: text.to_owned(),
        };
        let uri: Uri = text.trim().parse().map_err(|_| error())?;
        let has_user = uri
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'));
        if has_user || uri.path_and_query().is_some_and(|path| path != "/") {
            return Err(error());
        }
        Self::of(&uri).ok_or_else(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        text.parse().unwrap()
    }

    #[test]
    fn default_ports_and_case_do_not_matter() {
        assert_eq!(
            origin("https://a.example"),
            origin("HTTPS://A.Example:443/")
        );
        assert_eq!(origin("http://a.example"), origin("http://a.example:80"));
        assert_ne!(origin("http://a.example"), origin("https://a.example"));
        assert_ne!(
            origin("https://a.example"),
            origin("https://a.example:8443")
        );
        assert_ne!(origin("https://a.example"), origin("https://b.a.example"));
        assert_eq!(origin("http://[::1]:8080"), origin("http://[::1]:8080/"));
    }

    #[test]
    fn what_is_not_an_origin_is_an_error() {
        for text in [
            "",
            "a.example",
            "a.example:80",
            "/path",
            "ftp://a.example",
            "https://",
            "https://a.example/path",
            "https://a.example?q",
            "https://user@a.example",
            "https://*.example:x",
            "https://a.example:99999",
        ] {
            let error = text.parse::<Origin>().unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("`{text}` is not an origin"))
            );
        }
    }

    #[test]
    fn a_user_in_a_uri_is_not_the_host() {
        let uri: Uri = "https://tools.example:443@evil.example/".parse().unwrap();
        assert_eq!(Origin::of(&uri), Some(origin("https://evil.example")));
    }
}
