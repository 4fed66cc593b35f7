//! A JSON object in which each value keeps its text.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::value::Key;

/// The members of a JSON object in the order in which they were sent. Each value keeps its text,
/// and duplicate keys are kept.
#[derive(Clone, Debug, Default)]
pub struct RawObject<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> RawObject<'a> {
    /// Returns the value of a key. If the key occurs more than once, returns its last value, as
    /// most parsers do.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&'a RawValue> {
        let mut members = self.0.iter().rev();
        members
            .find(|(known, _)| known == key)
            .map(|(_, value)| *value)
    }

    pub(crate) fn push(&mut self, key: Cow<'a, str>, value: &'a RawValue) {
        self.0.push((key, value));
    }

    /// Returns the value of a key, if it is a string.
    #[must_use]
    pub fn get_string(&self, key: &str) -> Option<String> {
        serde_json::from_str(self.get(key)?.get()).ok()
    }

    /// Returns a key that occurs more than once, if there is one.
    #[must_use]
    pub fn duplicate_key(&self) -> Option<&str> {
        let mut seen = HashSet::new();
        let mut keys = self.0.iter().map(|(key, _)| key.as_ref());
        keys.find(|key| !seen.insert(*key))
    }

    /// Returns the members in the order in which they were sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, value)| (key.as_ref(), *value))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawObject<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;

        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = RawObject<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    members.push((key, value));
                }
                Ok(RawObject(members))
            }
        }

        deserializer.deserialize_map(ObjectVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_text_and_duplicates() {
        let object: RawObject<'_> =
            serde_json::from_str(r#"{"b": 1.50, "a":{"x":[ ]},"\u0062":"two"}"#).unwrap();
        let members: Vec<_> = object
            .iter()
            .map(|(key, value)| (key, value.get()))
            .collect();
        assert_eq!(
            members,
            [("b", "1.50"), ("a", r#"{"x":[ ]}"#), ("b", r#""two""#)]
        );
        assert_eq!(object.get_string("b").as_deref(), Some("two"));
        assert_eq!(object.duplicate_key(), Some("b"));
        assert!(serde_json::from_str::<RawObject<'_>>("[]").is_err());
    }
}
