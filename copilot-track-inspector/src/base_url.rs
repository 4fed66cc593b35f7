//! The public URL of an inspector behind a proxy.

use axum::http::Uri;

/// The URL at which a proxy makes the inspector available.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct BaseUrl {
    /// The scheme, host, and port, such as `https://tools.example`.
    origin: String,
    /// The host and port.
    authority: String,
    host: String,
    is_secure: bool,
    /// The path without a slash at its end, such as `/inspector`. It is empty if the inspector is
    /// not below a path.
    path: String,
}

/// The path of a request, relative to the base URL.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum RelativePath {
    /// The request's path is not below the base path, because the proxy has removed the base path.
    Unchanged,
    /// The path and query without the base path.
    Stripped(String),
    /// The request's path is the base path without a slash at its end. Relative links on the page
    /// would be wrong.
    NeedsSlash,
}

impl BaseUrl {
    /// Parses an `http` or `https` URL without a user, query, or fragment.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let uri: Uri = url.trim().parse().ok()?;
        let is_secure = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let authority = uri.authority()?;
        let path = uri.path().trim_end_matches('/').to_owned();
        let is_plain = uri.query().is_none()
            && !url.contains('#')
            && !authority.as_str().contains('@')
            && !authority.host().is_empty()
            && !path.split('/').any(|part| part == "..");
        let authority_text = authority.as_str().to_ascii_lowercase();
        is_plain.then(|| Self {
            origin: format!(
                "{}://{authority_text}",
                if is_secure { "https" } else { "http" }
            ),
            host: authority.host().to_ascii_lowercase(),
            authority: authority_text,
            is_secure,
            path,
        })
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.is_secure
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Returns the whole URL, without a slash at its end.
    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    /// Removes the base path from a request's path. A proxy can remove it or leave it in place.
    pub(crate) fn relative(&self, uri: &Uri) -> RelativePath {
        if self.path.is_empty() {
            return RelativePath::Unchanged;
        }
        match uri.path().strip_prefix(&*self.path) {
            Some("") => RelativePath::NeedsSlash,
            Some(rest) if rest.starts_with('/') => RelativePath::Stripped(match uri.query() {
                Some(query) => format!("{rest}?{query}"),
                None => rest.to_owned(),
            }),
            _ => RelativePath::Unchanged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_with_a_scheme_and_a_host_are_parsed() {
        let url = BaseUrl::parse("https://Tools.Example:8443/a/inspector/").unwrap();
        assert_eq!(url.url(), "https://tools.example:8443/a/inspector");
        assert_eq!((url.host(), url.path()), ("tools.example", "/a/inspector"));
        assert_eq!(BaseUrl::parse("http://tools.example").unwrap().path(), "");
        for invalid in [
            "",
            "tools.example",
            "/inspector",
            "ftp://tools.example",
            "https://",
            "https://user@tools.example",
            "https://tools.example?x",
            "https://tools.example/a#b",
            "https://tools.example/a/../b",
        ] {
            assert_eq!(BaseUrl::parse(invalid), None, "{invalid}");
        }
    }

    #[test]
    fn the_base_path_is_removed_only_as_a_whole() {
        let url = BaseUrl::parse("https://tools.example/inspector").unwrap();
        let relative = |path: &str| url.relative(&path.parse().unwrap());
        assert_eq!(
            relative("/inspector/all?limit=1"),
            RelativePath::Stripped("/all?limit=1".into())
        );
        assert_eq!(relative("/inspector/"), RelativePath::Stripped("/".into()));
        assert_eq!(relative("/inspector"), RelativePath::NeedsSlash);
        for other in ["/", "/all", "/inspectors/all", "/v1/batch"] {
            assert_eq!(relative(other), RelativePath::Unchanged, "{other}");
        }
    }
}
