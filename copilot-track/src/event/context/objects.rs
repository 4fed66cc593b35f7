//! The objects inside a context.

use serde_json::{Map, Value};

use crate::event::context::limits::text;

macro_rules! context_objects {
    ($(
        $(#[$doc:meta])*
        $object:ident {
            $($(#[$field_doc:meta])* $method:ident => $name:literal,)*
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        #[must_use]
        pub struct $object(pub(super) Map<String, Value>);

        impl $object {
            $(
                $(#[$field_doc])*
                pub fn $method(mut self, $method: impl AsRef<str>) -> Self {
                    self.0.extend(text($method.as_ref()).map(|value| ($name.to_owned(), value)));
                    self
                }
            )*
        }
    )*};
}

context_objects! {
    /// The page on which the customer uses the copilot: Segment's `context.page`.
    ///
    /// Each string is trimmed and cut at 2,048 bytes. A blank string is not sent.
    Page {
        /// Sets the path, for example `/pricing`.
        path => "path",
        /// Sets the address of the page that linked to this page.
        referrer => "referrer",
        /// Sets the query string, for example `?plan=pro`.
        search => "search",
        /// Sets the title.
        title => "title",
    }

    /// The marketing campaign that brought the customer: Segment's `context.campaign`.
    Campaign {
        /// Sets the name: `utm_campaign`.
        name => "name",
        /// Sets the source: `utm_source`.
        source => "source",
        /// Sets the medium: `utm_medium`.
        medium => "medium",
        /// Sets the term: `utm_term`.
        term => "term",
        /// Sets the content: `utm_content`.
        content => "content",
    }

    /// The origin of the visit: Segment's `context.referrer`.
    Referrer {
        /// Sets the id.
        id => "id",
        /// Sets the kind of referrer, for example `dataxu`.
        kind => "type",
        /// Sets the name.
        name => "name",
        /// Sets the URL.
        url => "url",
        /// Sets the link.
        link => "link",
    }

    /// The application in which the customer uses the copilot: Segment's `context.app`.
    App {
        /// Sets the name.
        name => "name",
        /// Sets the version.
        version => "version",
        /// Sets the build.
        build => "build",
        /// Sets the namespace, for example `com.example.shop`.
        namespace => "namespace",
    }

    /// The customer's device: Segment's `context.device`.
    Device {
        /// Sets the id.
        id => "id",
        /// Sets the manufacturer.
        manufacturer => "manufacturer",
        /// Sets the model.
        model => "model",
        /// Sets the name.
        name => "name",
        /// Sets the kind of device, for example `ios`.
        kind => "type",
        /// Sets the version.
        version => "version",
    }

    /// The operating system of the customer's device: Segment's `context.os`.
    Os {
        /// Sets the name.
        name => "name",
        /// Sets the version.
        version => "version",
    }
}

impl Page {
    /// Creates a page with a URL. The path and the query string are taken from the URL.
    ///
    /// A string that is not an absolute URL is sent unchanged, without a path.
    pub fn new(url: impl AsRef<str>) -> Self {
        let url = url.as_ref().trim();
        let mut page = Self::default();
        page.0.extend(text(url).map(|url| ("url".to_owned(), url)));
        if let Some((path, search)) = path_and_search(url) {
            page = page.path(path).search(search);
        }
        page
    }
}

/// Returns the path and the query string of an absolute URL.
fn path_and_search(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if scheme.is_empty() || !scheme.bytes().all(is_scheme) {
        return None;
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let (location, search) = match rest.find('?') {
        Some(start) => rest.split_at(start),
        None => (rest, ""),
    };
    let path = location.find('/').and_then(|start| location.get(start..));
    Some((path.unwrap_or("/"), search))
}

impl Campaign {
    /// Creates a campaign without fields.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Referrer {
    /// Creates a referrer without fields.
    pub fn new() -> Self {
        Self::default()
    }
}

impl App {
    /// Creates an application without fields.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Device {
    /// Creates a device without fields.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Os {
    /// Creates an operating system without fields.
    pub fn new() -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_has_the_path_and_the_query_of_its_url() {
        let page = |url: &str| Value::Object(Page::new(url).0);
        assert_eq!(
            page("https://example.com/pricing?plan=pro#top"),
            json!({
                "url": "https://example.com/pricing?plan=pro#top",
                "path": "/pricing", "search": "?plan=pro",
            })
        );
        assert_eq!(
            page("https://example.com"),
            json!({ "url": "https://example.com", "path": "/" })
        );
        assert_eq!(
            page("https://example.com?a=/b"),
            json!({ "url": "https://example.com?a=/b", "path": "/", "search": "?a=/b" })
        );
        for text in ["not a page", "/pricing", "://x/y", "ä://x/y"] {
            assert_eq!(page(text), json!({ "url": text }), "{text}");
        }
        assert_eq!(page(" "), json!({}));
    }

    #[test]
    fn strings_are_cut_at_a_character_boundary() {
        let os = Os::new().name("ä".repeat(2_000)).version("");
        assert_eq!(os.0["name"], json!("ä".repeat(1_024)));
        assert_eq!(os.0.len(), 1);
    }
}
