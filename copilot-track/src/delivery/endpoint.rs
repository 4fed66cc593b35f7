//! The URL that events are sent to.

use std::fmt;

use reqwest::Url;

use crate::error::ConfigError;

/// The URL of a Segment-compatible API, e.g. `https://api.segment.io`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    url: Url,
}

impl Endpoint {
    pub(crate) fn parse(text: &str, allow_plain_http: bool) -> Result<Self, ConfigError> {
        let invalid = |endpoint: &str, reason| ConfigError::InvalidEndpoint {
            endpoint: endpoint.to_owned(),
            reason,
        };
        let Ok(url) = Url::parse(text.trim()) else {
            // A string that is not a URL can contain a password anywhere.
            let shown = if text.contains('@') { "…" } else { text };
            return Err(invalid(
                shown,
                "expected a URL, e.g. https://api.segment.io",
            ));
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        let shown = format!("{}://{host}", url.scheme());
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid(
                &shown,
                "expected a URL that begins with https:// or http://",
            ));
        }
        if host.is_empty() {
            return Err(invalid(&shown, "it has no host"));
        }
        if url.scheme() == "https" && !cfg!(any(feature = "rustls", feature = "native-tls")) {
            return Err(invalid(
                &shown,
                "https requires the `rustls` or the `native-tls` feature of copilot-track",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid(
                &shown,
                "it contains a user name or a password; only the write key is used to authenticate",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid(&shown, "it has a query or a fragment"));
        }
        let endpoint = Self { url };
        if endpoint.url.scheme() == "http" && !endpoint.is_loopback() && !allow_plain_http {
            return Err(ConfigError::PlainHttp {
                endpoint: endpoint.url.to_string(),
            });
        }
        Ok(endpoint)
    }

    /// Returns whether the host is this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || address
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// Returns the URL that batches are posted to. If the endpoint's path already ends with a batch
    /// call, the result is the endpoint itself. Otherwise, the result is the endpoint's
    /// `/v1/batch`.
    pub(crate) fn batch_url(&self) -> Url {
        const BATCH_CALLS: [&str; 3] = ["/v1/batch", "/v1/import", "/v1/b"];
        let path = self.path();
        if BATCH_CALLS.iter().any(|call| path.ends_with(call)) {
            return self.with_path(path);
        }
        self.call_url("batch")
    }

    /// Returns the URL for calls named `name`, e.g. `track`.
    pub(crate) fn call_url(&self, name: &str) -> Url {
        let base = self.path();
        let base = base.rsplit_once("/v1/").map_or(base, |(base, _)| base);
        let base = base.strip_suffix("/v1").unwrap_or(base);
        self.with_path(&format!("{base}/v1/{name}"))
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

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Result<Endpoint, String> {
        Endpoint::parse(text, false).map_err(|error| error.to_string())
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
        let track = endpoint("https://a.example/x/v1/batch").unwrap();
        assert_eq!(
            track.call_url("track").as_str(),
            "https://a.example/x/v1/track"
        );
    }

    #[test]
    fn plain_http_is_accepted_only_for_loopback() {
        for text in [
            "http://127.0.0.1:1",
            "http://localhost",
            "http://[::1]:80",
            "http://127.9.9.9",
            "http://app.localhost",
        ] {
            assert!(endpoint(text).unwrap().is_loopback(), "{text}");
        }
        for text in [
            "http://example.com",
            "http://10.0.0.1",
            "http://localhost.example",
        ] {
            assert!(
                endpoint(text).unwrap_err().contains("unencrypted"),
                "{text}"
            );
        }
        assert!(Endpoint::parse("http://10.0.0.1", true).is_ok());
    }

    #[test]
    fn an_error_does_not_show_a_password() {
        for text in ["", "api.segment.io", "ftp://x", "https://", "https://x?y=1"] {
            assert!(endpoint(text).is_err(), "{text}");
        }
        for text in ["https://user:hunter2@x.example", "user:hunter2@x"] {
            let error = endpoint(text).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
