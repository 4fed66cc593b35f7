//! Finds keys that occur more than once in one object, which most JSON parsers accept silently.

use std::{
    collections::HashSet,
    fmt::{self, Write as _},
};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The maximum number of duplicate keys that are reported.
const MAX_REPORTED: usize = 5;

/// Returns the paths of at most [`MAX_REPORTED`] duplicate keys in `json`, which must be valid.
pub(crate) fn find(json: &str) -> Vec<String> {
    let mut found = Vec::new();
    let search = Search {
        path: &mut String::new(),
        found: &mut found,
    };
    // `json` has already been parsed, so this cannot fail.
    let _ = search.deserialize(&mut serde_json::Deserializer::from_str(json));
    found
}

/// A visitor that records the paths of duplicate keys.
struct Search<'a> {
    path: &'a mut String,
    found: &'a mut Vec<String>,
}

impl Search<'_> {
    fn nested(&mut self) -> Search<'_> {
        Search {
            path: self.path,
            found: self.found,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Search<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let length = self.path.len();
        for index in 0.. {
            // Writing to a string cannot fail.
            let _ = write!(self.path, "[{index}]");
            let item = items.next_element_seed(self.nested())?;
            self.path.truncate(length);
            if item.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let length = self.path.len();
        let mut seen = HashSet::new();
        while let Some(key) = members.next_key::<String>()? {
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(&key);
            if !seen.insert(key)
                && self.found.len() < MAX_REPORTED
                && !self.found.contains(self.path)
            {
                self.found.push(self.path.clone());
            }
            members.next_value_seed(self.nested())?;
            self.path.truncate(length);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_keys_are_found_at_any_depth() {
        for (json, expected) in [
            (r#"{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}"#, &[][..]),
            (r#"{"a":1,"a":1}"#, &["a"]),
            (r#"{"a":1,"\u0061":2,"a":3}"#, &["a"]),
            (r#"{"p":{"x":[0,{"y":1,"z":{},"y":[]}]}}"#, &["p.x[1].y"]),
            (r#"{"a":{"b":1,"b":2},"a":{"b":3,"b":4}}"#, &["a.b", "a"]),
            // Colons and quotes within strings.
            (r#"{"a:":"b\":c\\","d":"\\\":"}"#, &[]),
            (r#"{"l":[{"":1,"":2}]}"#, &["l[0]."]),
            (
                r#"{"n":1.5e3,"m":-1,"b":[true,null],"n":18446744073709551615}"#,
                &["n"],
            ),
            (
                r#"{"a":0,"a":0,"b":0,"b":0,"c":0,"c":0,"d":0,"d":0,"e":0,"e":0,"f":0,"f":0}"#,
                &["a", "b", "c", "d", "e"],
            ),
        ] {
            assert_eq!(find(json), expected, "{json}");
        }
    }

    #[test]
    fn deep_and_long_documents_are_searched() {
        let deep = format!(
            "{}{}{}",
            r#"{"a":"#.repeat(120),
            r#"{"b":1,"b":2}"#,
            "}".repeat(120)
        );
        assert_eq!(find(&deep).len(), 1);
        let long = format!("{{{}}}", vec![r#""a":1"#; 50_000].join(","));
        assert_eq!(find(&long), ["a"]);
    }
}
