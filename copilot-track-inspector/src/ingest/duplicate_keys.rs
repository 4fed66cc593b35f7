//! Names that stand twice in one object, which most readers of JSON take without a word.

use std::{
    collections::HashSet,
    fmt::{self, Write as _},
};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// So many are told of.
const MOST: usize = 5;

/// The places of names that stand twice, at most [`MOST`].
///
/// `read` is what was read of `json`. Each name has a colon in the text, and one that another took
/// the place of is missing in what was read: so counting tells, and few calls are ever read again.
pub(super) fn find(json: &str, read: &Map<String, Value>) -> Vec<String> {
    if colons(json.as_bytes()) == names(read) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let search = Search {
        path: &mut String::new(),
        found: &mut found,
    };
    // It was read before, so it can be.
    let _ = search.deserialize(&mut serde_json::Deserializer::from_str(json));
    found
}

/// The colons outside of strings.
fn colons(json: &[u8]) -> usize {
    let mut count = 0;
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b':' => count += 1,
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => {
                            bytes.next();
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    count
}

/// How many members an object has, and those within it. What was read is at most 127 levels deep.
fn names(members: &Map<String, Value>) -> usize {
    members.len() + members.values().map(names_within).sum::<usize>()
}

fn names_within(value: &Value) -> usize {
    match value {
        Value::Object(members) => names(members),
        Value::Array(items) => items.iter().map(names_within).sum(),
        _ => 0,
    }
}

struct Search<'a> {
    path: &'a mut String,
    found: &'a mut Vec<String>,
}

impl Search<'_> {
    fn below(&mut self) -> Search<'_> {
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
            // A text takes whatever is written to it.
            let _ = write!(self.path, "[{index}]");
            let item = items.next_element_seed(self.below())?;
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
        while let Some(name) = members.next_key::<String>()? {
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(&name);
            if !seen.insert(name) && self.found.len() < MOST && !self.found.contains(self.path) {
                self.found.push(self.path.clone());
            }
            members.next_value_seed(self.below())?;
            self.path.truncate(length);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_stand_twice_are_found_wherever_they_are() {
        for (json, expected) in [
            (r#"{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}"#, &[][..]),
            (r#"{"a":1,"a":1}"#, &["a"]),
            (r#"{"a":1,"\u0061":2,"a":3}"#, &["a"]),
            (r#"{"p":{"x":[0,{"y":1,"z":{},"y":[]}]}}"#, &["p.x[1].y"]),
            (r#"{"a":{"b":1,"b":2},"a":{"b":3,"b":4}}"#, &["a.b", "a"]),
            // Colons and quotes in texts are none of an object's.
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
            let read = serde_json::from_str(json).unwrap();
            assert_eq!(find(json, &read), expected, "{json}");
        }
    }

    #[test]
    fn depth_and_length_are_no_trouble() {
        let deep = format!(
            "{}{}{}",
            r#"{"a":"#.repeat(120),
            r#"{"b":1,"b":2}"#,
            "}".repeat(120)
        );
        let read = serde_json::from_str(&deep).unwrap();
        assert_eq!(find(&deep, &read).len(), 1);
        let long = format!("{{{}}}", vec![r#""a":1"#; 50_000].join(","));
        let read = serde_json::from_str(&long).unwrap();
        assert_eq!(find(&long, &read), ["a"]);
    }
}
