//! Carriers: the headers and maps that take a turn context to another process.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use serde_json::Value;

/// A carrier that a [`TurnContext`](crate::TurnContext) can be written to, for example the headers
/// of a request.
///
/// This crate implements the trait for maps from `String` to `String`, for [`serde_json::Map`] (for
/// example the `_meta` of an MCP request), and for [`http::HeaderMap`].
///
/// ```
/// use copilot_track::Injector;
///
/// struct QueueHeaders(Vec<(String, Vec<u8>)>);
///
/// impl Injector for QueueHeaders {
///     fn set(&mut self, key: &str, value: String) {
///         self.0.retain(|(name, _)| name != key);
///         self.0.push((key.to_owned(), value.into_bytes()));
///     }
/// }
/// ```
pub trait Injector {
    /// Sets a value, and replaces the previous value with the same key.
    ///
    /// Keys contain lowercase ASCII letters and hyphens. Values contain ASCII letters, digits, and
    /// the characters `-`, `_`, and `.`. Both are valid in HTTP headers.
    fn set(&mut self, key: &str, value: String);

    /// Removes the value with this key, if there is one.
    ///
    /// The default implementation sets an empty value, which means that there is no context.
    fn remove(&mut self, key: &str) {
        self.set(key, String::new());
    }
}

/// A carrier that a [`TurnContext`](crate::TurnContext) can be read from, for example the headers
/// of a request.
///
/// This crate implements the trait for the same types as [`Injector`].
pub trait Extractor {
    /// Returns the value with this key, if there is one. `key` is in lower case; if the keys of the
    /// carrier are not case-sensitive, the method must ignore case.
    fn get(&self, key: &str) -> Option<&str>;
}

impl<S: BuildHasher> Injector for HashMap<String, String, S> {
    fn set(&mut self, key: &str, value: String) {
        Injector::remove(self, key);
        self.insert(key.to_owned(), value);
    }

    fn remove(&mut self, key: &str) {
        self.retain(|name, _| !name.eq_ignore_ascii_case(key));
    }
}

impl<S: BuildHasher> Extractor for HashMap<String, String, S> {
    fn get(&self, key: &str) -> Option<&str> {
        let exact = HashMap::get(self, key);
        let value = exact.or_else(|| ignoring_case(self.iter(), key))?;
        Some(value)
    }
}

impl Injector for BTreeMap<String, String> {
    fn set(&mut self, key: &str, value: String) {
        Injector::remove(self, key);
        self.insert(key.to_owned(), value);
    }

    fn remove(&mut self, key: &str) {
        self.retain(|name, _| !name.eq_ignore_ascii_case(key));
    }
}

impl Extractor for BTreeMap<String, String> {
    fn get(&self, key: &str) -> Option<&str> {
        let exact = BTreeMap::get(self, key);
        let value = exact.or_else(|| ignoring_case(self.iter(), key))?;
        Some(value)
    }
}

impl Injector for serde_json::Map<String, Value> {
    fn set(&mut self, key: &str, value: String) {
        self.insert(key.to_owned(), Value::String(value));
    }

    fn remove(&mut self, key: &str) {
        serde_json::Map::remove(self, key);
    }
}

impl Extractor for serde_json::Map<String, Value> {
    fn get(&self, key: &str) -> Option<&str> {
        // A value of another type was not written by this crate, and the parser rejects it.
        Some(serde_json::Map::get(self, key)?.as_str().unwrap_or("?"))
    }
}

impl Injector for http::HeaderMap {
    fn set(&mut self, key: &str, value: String) {
        // Both conversions succeed for the keys and values of this crate.
        let name = http::HeaderName::from_bytes(key.as_bytes());
        if let (Ok(name), Ok(value)) = (name, http::HeaderValue::try_from(value)) {
            self.insert(name, value);
        }
    }

    fn remove(&mut self, key: &str) {
        http::HeaderMap::remove(self, key);
    }
}

impl Extractor for http::HeaderMap {
    fn get(&self, key: &str) -> Option<&str> {
        let value = http::HeaderMap::get(self, key)?;
        // A value that is not ASCII was not written by this crate, and the parser rejects it.
        Some(value.to_str().unwrap_or("?"))
    }
}

fn ignoring_case<'a>(
    mut entries: impl Iterator<Item = (&'a String, &'a String)>,
    key: &str,
) -> Option<&'a String> {
    let (_, value) = entries.find(|(name, _)| name.eq_ignore_ascii_case(key))?;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(carrier: &mut (impl Injector + Extractor)) {
        assert_eq!(carrier.get("copilot-track"), None);
        carrier.set("copilot-track", "v1.a".to_owned());
        carrier.set("copilot-track", "v1.b".to_owned());
        assert_eq!(carrier.get("copilot-track"), Some("v1.b"));
        carrier.remove("copilot-track");
        assert_eq!(carrier.get("copilot-track"), None);
    }

    #[test]
    fn every_carrier_returns_the_last_value() {
        round_trip(&mut HashMap::<String, String>::new());
        round_trip(&mut BTreeMap::<String, String>::new());
        round_trip(&mut serde_json::Map::new());
        round_trip(&mut http::HeaderMap::new());
    }

    #[test]
    fn maps_of_strings_ignore_the_case_of_header_names() {
        let entry = || ("Copilot-Track".to_owned(), "v1.a".to_owned());
        let mut map = HashMap::from([entry()]);
        assert_eq!(Extractor::get(&map, "copilot-track"), Some("v1.a"));
        map.set("copilot-track", "v1.b".to_owned());
        assert_eq!(map.len(), 1, "the previous value is replaced");
        let map = BTreeMap::from([entry()]);
        assert_eq!(Extractor::get(&map, "copilot-track"), Some("v1.a"));
    }
}
