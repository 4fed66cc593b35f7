//! The URL that events are sent to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;

use crate::error::ConfigError;
use crate::util::redact::redact;

/// The calls of the tracking API, with the short names that browsers use.
const CALLS: [&str; 15] = [
    "batch", "import", "track", "identify", "page", "screen", "group", "alias", "b", "t", "i", "p",
    "s", "g", "a",
];
/// The calls that accept a batch.
const BATCH_CALLS: [&str; 3] = ["batch", "import", "b"];

/// The hosts to which events may be sent over plain HTTP, in addition to this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum PlainHttp {
    /// No other hosts.
    #[default]
    LoopbackOnly,
    /// The hosts with these names or addresses. Case does not matter.
    Hosts(Vec<String>),
    /// Any host.
    AnyHost,
}

impl PlainHttp {
    fn allows(&self, host: &str) -> bool {
        match self {
            Self::LoopbackOnly => false,
            Self::Hosts(hosts) => hosts.iter().any(|allowed| {
                // An IPv6 address in a URL has brackets.
                let bare = host.trim_start_matches('[').trim_end_matches(']');
                allowed.eq_ignore_ascii_case(host) || allowed.eq_ignore_ascii_case(bare)
            }),
            Self::AnyHost => true,
        }
    }
}

/// The URL of a Segment-compatible API, e.g. `https://api.segment.io`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    url: Url,
}

impl Endpoint {
    pub(crate) fn parse(text: &str, plain_http: &PlainHttp) -> Result<Self, ConfigError> {
        let invalid = |reason| ConfigError::InvalidEndpoint {
            endpoint: redact(text),
            reason,
        };
        let Ok(url) = Url::parse(text.trim()) else {
            return Err(invalid("expected a URL, e.g. https://api.segment.io"));
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid(
                "expected a URL that begins with https:// or http://",
            ));
        }
        let host = url.host_str().unwrap_or_default();
        if host.is_empty() {
            return Err(invalid("it has no host"));
        }
        if text.contains(char::REPLACEMENT_CHARACTER) {
            return Err(invalid("it is not valid Unicode"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid(
                "it contains a user name or a password; only the write key is used to authenticate",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("it has a query or a fragment"));
        }
        let is_plain_http_allowed = plain_http.allows(host);
        let endpoint = Self { url };
        if !endpoint.is_https() && !is_plain_http_allowed && !endpoint.is_loopback() {
            return Err(ConfigError::PlainHttp {
                endpoint: redact(text),
            });
        }
        Ok(endpoint)
    }

    /// Checks that this build can send requests to the endpoint. Transports that send no requests
    /// do not need this.
    pub(crate) fn check_tls(&self) -> Result<(), ConfigError> {
        if !self.is_https() || cfg!(feature = "__tls") {
            return Ok(());
        }
        Err(ConfigError::InvalidEndpoint {
            endpoint: redact(self.url.as_str().trim_end_matches('/')),
            reason: "https requires the `rustls` or the `native-tls` feature of copilot-track",
        })
    }

    /// Returns whether requests are encrypted.
    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Returns whether the host is this machine: a loopback address, or a name with fixed
    /// [`loopback_addresses`](Self::loopback_addresses).
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        match address.parse() {
            Ok(IpAddr::V4(address)) => address.is_loopback(),
            // `::ffff:127.0.0.1` is an IPv4 address.
            Ok(IpAddr::V6(address)) => address.to_canonical().is_loopback(),
            Err(_) => is_localhost(host),
        }
    }

    /// If the host is `localhost` or one of its subdomains, returns the host and the addresses to
    /// use for it.
    ///
    /// RFC 6761, section 6.3, reserves these names for loopback addresses. They are not looked up,
    /// because a resolver could return the address of another machine.
    pub(crate) fn loopback_addresses(&self) -> Option<(&str, [SocketAddr; 2])> {
        let host = self.url.host_str().filter(|host| is_localhost(host))?;
        // Port 0 means the port of the URL.
        let addresses = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        Some((
            host,
            addresses.map(|address: IpAddr| SocketAddr::new(address, 0)),
        ))
    }

    /// Returns the URL that batches are posted to. If the endpoint's path already ends with a batch
    /// call, the result is the endpoint itself. Otherwise, the result is the endpoint's
    /// `/v1/batch`.
    pub(crate) fn batch_url(&self) -> Url {
        match self.split_call() {
            (_, Some(call)) if BATCH_CALLS.contains(&call) => self.with_path(self.path()),
            _ => self.call_url("batch"),
        }
    }

    /// Returns the URL for calls named `name`, e.g. `track`.
    pub(crate) fn call_url(&self, name: &str) -> Url {
        let (base, _) = self.split_call();
        self.with_path(&format!("{base}/v1/{name}"))
    }

    /// Splits the path into the part before `/v1` and the call after it, if there is one. The path
    /// of a gateway can contain `/v1/` too: `segment` in `/v1/segment` is not a call.
    fn split_call(&self) -> (&str, Option<&str>) {
        let path = self.path();
        if let Some(base) = path.strip_suffix("/v1") {
            return (base, None);
        }
        match path.rsplit_once("/v1/") {
            Some((base, call)) if CALLS.contains(&call) => (base, Some(call)),
            _ => (path, None),
        }
    }

    /// Returns the path without trailing slashes.
    fn path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    fn with_path(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url
    }
}

fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host == "localhost" || host.ends_with(".localhost")
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Result<Endpoint, String> {
        Endpoint::parse(text, &PlainHttp::LoopbackOnly).map_err(|error| error.to_string())
    }

    #[test]
    fn call_urls_are_derived_from_the_endpoint() {
        let batch = |text| endpoint(text).unwrap().batch_url().to_string();
        assert_eq!(batch("https://a.example"), "https://a.example/v1/batch");
        assert_eq!(
            batch("https://a.example/x/"),
            "https://a.example/x/v1/batch"
        );
        assert_eq!(batch("https://a.example/v1"), "https://a.example/v1/batch");
        assert_eq!(
            batch("https://a.example/v1/import"),
            "https://a.example/v1/import"
        );
        assert_eq!(
            batch("https://a.example/v1/import/"),
            "https://a.example/v1/import"
        );
        assert_eq!(
            batch("https://a.example/a%20b%2Fc/"),
            "https://a.example/a%20b%2Fc/v1/batch"
        );
        for text in [
            "https://a.example/x/v1/batch",
            "https://a.example/x/v1",
            "https://a.example/x",
        ] {
            let track = endpoint(text).unwrap().call_url("track");
            assert_eq!(track.as_str(), "https://a.example/x/v1/track");
        }
        assert_eq!(
            batch("https://a.example/v1/track"),
            "https://a.example/v1/batch"
        );
    }

    #[test]
    fn a_path_that_contains_v1_is_kept() {
        for path in [
            "/v1/segment",
            "/api/v1/analytics",
            "/v1/segment/v2",
            "/v1/v1",
            "/v10",
            "/xv1",
        ] {
            let endpoint = endpoint(&format!("https://gw.example{path}")).unwrap();
            let base = path.strip_suffix("/v1").unwrap_or(path);
            let url = |call| format!("https://gw.example{base}/v1/{call}");
            assert_eq!(endpoint.batch_url().as_str(), url("batch"));
            assert_eq!(endpoint.call_url("track").as_str(), url("track"));
        }
        let nested = endpoint("https://gw.example/v1/segment/v1/import").unwrap();
        assert_eq!(nested.batch_url().path(), "/v1/segment/v1/import");
        assert_eq!(nested.call_url("track").path(), "/v1/segment/v1/track");
    }

    #[test]
    fn plain_http_is_accepted_only_for_loopback() {
        for text in [
            "http://127.0.0.1:1",
            "http://localhost",
            "http://[::1]:80",
            "http://127.9.9.9",
            "http://app.localhost",
            "http://LOCALHOST.:80",
            "http://127.1",
            "http://0x7f000001",
            "http://2130706433",
            "http://[::ffff:127.0.0.1]",
            "http://[0:0:0:0:0:0:0:1]",
        ] {
            assert!(endpoint(text).unwrap().is_loopback(), "{text}");
        }
        for text in [
            "http://example.com",
            "http://10.0.0.1",
            "http://localhost.example",
            "http://mylocalhost",
            "http://127.0.0.1.example",
            "http://0.0.0.0",
            "http://[::]",
            "http://[::2]",
            "http://[::ffff:10.0.0.1]",
            "http://128.0.0.1",
        ] {
            assert!(
                endpoint(text).unwrap_err().contains("unencrypted"),
                "{text}"
            );
        }
        assert!(Endpoint::parse("http://10.0.0.1", &PlainHttp::AnyHost).is_ok());
    }

    #[test]
    fn plain_http_is_accepted_for_named_hosts() {
        let hosts = ["inspector", "10.0.0.1", "::2"].map(str::to_owned);
        let hosts = PlainHttp::Hosts(hosts.into());
        for text in [
            "http://inspector:8080",
            "http://Inspector",
            "http://10.0.0.1",
            "http://[::2]:1",
        ] {
            assert!(Endpoint::parse(text, &hosts).is_ok(), "{text}");
        }
        for text in ["http://inspector.example", "http://10.0.0.2", "http://x"] {
            assert!(Endpoint::parse(text, &hosts).is_err(), "{text}");
        }
    }

    #[test]
    fn names_below_localhost_have_loopback_addresses() {
        for (text, expected) in [
            ("http://localhost:80", Some("localhost")),
            ("https://app.localhost", Some("app.localhost")),
            ("https://127.0.0.1", None),
            ("https://a.example", None),
        ] {
            let endpoint = endpoint(text).unwrap();
            let addresses = endpoint.loopback_addresses();
            assert_eq!(addresses.map(|(host, _)| host), expected);
        }
    }

    #[test]
    fn an_error_repeats_what_the_user_wrote() {
        for text in [
            "api.segment.io",
            "FTP://a.example/x",
            "mailto:a",
            "http://10.0.0.1:80/a/../b",
        ] {
            let error = endpoint(text).unwrap_err();
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }

    #[test]
    fn an_error_does_not_show_a_password() {
        for text in ["", "api.segment.io", "ftp://x", "https://", "https://x?y=1"] {
            assert!(endpoint(text).is_err(), "{text}");
        }
        for text in [
            "https://user:hunter2@x.example",
            "user:hunter2@x",
            "https://x.example/?key=hunter2",
            "ftp://x.example/#hunter2",
        ] {
            let error = endpoint(text).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
