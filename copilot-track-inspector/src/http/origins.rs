//! The origins whose pages may send events.

use super::hosts;

/// The origins whose pages may send events, in addition to pages on this machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowedOrigins {
    origins: Vec<String>,
    any: bool,
}

impl AllowedOrigins {
    /// `origins` are origins such as `https://shop.example`. `*` allows every origin.
    pub(crate) fn new(origins: impl IntoIterator<Item = String>) -> Self {
        let origins: Vec<_> = origins
            .into_iter()
            .map(|origin| origin.trim_end_matches('/').to_ascii_lowercase())
            .collect();
        Self {
            any: origins.iter().any(|origin| origin == "*"),
            origins,
        }
    }

    /// Returns whether pages of an origin may send events.
    pub(super) fn contains(&self, origin: &str) -> bool {
        let origin = origin.to_ascii_lowercase();
        self.any || self.origins.contains(&origin) || is_loopback(&origin)
    }
}

/// Returns whether a text can be an origin: `*`, `null`, or a scheme and a host, with or without a
/// port. A slash at the end is ignored.
pub(crate) fn is_valid(origin: &str) -> bool {
    let Some((scheme, host)) = origin.split_once("://") else {
        return ["*", "null"].contains(&origin);
    };
    let host = host.strip_suffix('/').unwrap_or(host);
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    !scheme.is_empty()
        && scheme.bytes().all(is_scheme)
        && !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"/?#@*\\".contains(&byte))
}

/// Returns whether an origin is on this machine, whatever its port.
fn is_loopback(origin: &str) -> bool {
    origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"))
        .is_some_and(hosts::is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        for origin in [
            "*",
            "null",
            "https://shop.example",
            "http://shop.example:8080/",
            "https://[2001:db8::1]",
            "chrome-extension://abcdef",
        ] {
            assert!(is_valid(origin), "{origin}");
        }
        for origin in [
            "",
            "shop.example",
            "https://",
            "://shop.example",
            "https://shop.example/path",
            "https://*.shop.example",
            "https://user@shop.example",
            "https://shop .example",
            "https://größe.example",
        ] {
            assert!(!is_valid(origin), "{origin}");
        }
    }

    #[test]
    fn loopback_and_configured_origins_are_allowed() {
        let origins = AllowedOrigins::new(["https://Shop.example/".to_owned()]);
        for origin in [
            "http://localhost:3000",
            "https://app.localhost",
            "http://127.0.0.1:5173",
            "http://[::1]:80",
            "https://shop.example",
            "https://SHOP.example",
        ] {
            assert!(origins.contains(origin), "{origin}");
        }
        for origin in [
            "null",
            "",
            "http://shop.example",
            "https://shop.example:444",
            "https://shop.example.evil.example",
            "http://localhost.evil.example",
            "http://localhost:80@evil.example",
            "file://localhost",
            "http://10.0.0.1",
        ] {
            assert!(!origins.contains(origin), "{origin}");
        }
        assert!(AllowedOrigins::new(["*".to_owned()]).contains("https://evil.example"));
        assert!(AllowedOrigins::new(["null".to_owned()]).contains("null"));
    }
}
