//! Parsed JSON that borrows its strings.

use std::{borrow::Cow, cmp::Ordering, fmt, vec};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

/// The capacity of an object with at least one member. The objects of most calls have no more
/// members than this.
const OBJECT_CAPACITY: usize = 8;
/// An object with at most this number of members is searched from the start.
const MAX_LINEAR_SEARCH: usize = 16;
/// The only key of the map with which `serde_json` represents a number if any crate in the build
/// enables its `arbitrary_precision` feature.
const NUMBER_KEY: &str = "$serde_json::private::Number";

/// A JSON value that borrows its strings from the JSON text. A string with escapes is owned.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum JsonValue<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<JsonValue<'a>>),
    /// An object.
    Object(JsonObject<'a>),
}

/// A JSON object that borrows its strings from the JSON text.
///
/// The members are sorted by key. If a key occurs more than once in the text, the object contains
/// its last value.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct JsonObject<'a> {
    members: Vec<(Cow<'a, str>, JsonValue<'a>)>,
    has_duplicate_keys: bool,
}

impl<'a> JsonValue<'a> {
    /// Returns the string, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number, if this is a whole number from 0 to `u64::MAX`.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.as_number()?.as_u64()
    }

    /// Returns the number, if this is a whole number in the range of `i64`.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// Returns the number, if this is a number.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number()?.as_f64()
    }

    /// Returns the number, if this is a number.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Returns the object, if this is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&JsonObject<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Returns whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the value of a key, if this is an object with this key.
    #[must_use]
    #[inline]
    pub fn get(&self, key: &str) -> Option<&JsonValue<'a>> {
        self.as_object()?.get(key)
    }

    /// Returns the value as a [`Value`].
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(number) => number.clone().into(),
            Self::String(text) => Value::String(text.clone().into_owned()),
            Self::Array(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(object) => object.to_map().into(),
        }
    }

    /// Returns the value with owned strings.
    pub(crate) fn into_owned(self) -> JsonValue<'static> {
        match self {
            Self::Null => JsonValue::Null,
            Self::Bool(value) => JsonValue::Bool(value),
            Self::Number(number) => JsonValue::Number(number),
            Self::String(text) => JsonValue::String(Cow::Owned(text.into_owned())),
            Self::Array(items) => {
                JsonValue::Array(items.into_iter().map(JsonValue::into_owned).collect())
            }
            Self::Object(object) => JsonValue::Object(object.into_owned()),
        }
    }

    /// Returns whether a key occurs more than once in an object within this value. Parsed JSON is
    /// at most 127 levels deep, so the recursion is bounded.
    fn has_duplicate_keys(&self) -> bool {
        match self {
            Self::Array(items) => items.iter().any(Self::has_duplicate_keys),
            Self::Object(object) => object.has_duplicate_keys,
            _ => false,
        }
    }
}

impl<'a> JsonObject<'a> {
    /// Returns the value of a key.
    #[must_use]
    #[inline] // The comparison with a constant key then takes few instructions.
    pub fn get(&self, key: &str) -> Option<&JsonValue<'a>> {
        if self.members.len() > MAX_LINEAR_SEARCH {
            return self.search(key);
        }
        let mut members = self.members.iter();
        members
            .find(|(known, _)| known == key)
            .map(|(_, value)| value)
    }

    /// Returns the value of a key, by binary search.
    fn search(&self, key: &str) -> Option<&JsonValue<'a>> {
        let index = self
            .members
            .binary_search_by(|(known, _)| by_key(known, key))
            .ok()?;
        self.members.get(index).map(|(_, value)| value)
    }

    /// Returns whether the object has this key.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Returns the number of members.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Returns whether the object has no members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Returns the members, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &JsonValue<'a>)> {
        self.members
            .iter()
            .map(|(key, value)| (key.as_ref(), value))
    }

    /// Returns the object as a [`Map`].
    #[must_use]
    pub fn to_map(&self) -> Map<String, Value> {
        self.iter()
            .map(|(key, value)| (key.to_owned(), value.to_value()))
            .collect()
    }

    /// Returns the object with owned strings.
    pub(crate) fn into_owned(self) -> JsonObject<'static> {
        let members = self.members.into_iter();
        JsonObject {
            members: members
                .map(|(key, value)| (Cow::Owned(key.into_owned()), value.into_owned()))
                .collect(),
            has_duplicate_keys: self.has_duplicate_keys,
        }
    }

    /// Returns whether a key occurs more than once in this object, or in an object within it.
    pub(crate) fn has_duplicate_keys(&self) -> bool {
        self.has_duplicate_keys
    }

    fn new(mut members: Vec<(Cow<'a, str>, JsonValue<'a>)>) -> Self {
        let mut has_duplicate_keys = members.iter().any(|(_, value)| value.has_duplicate_keys());
        // The order of members with the same key is kept.
        members.sort_by(|(one, _), (other, _)| by_key(one, other));
        let is_same = |pair: &[(Cow<'_, str>, JsonValue<'_>)]| matches!(pair, [(one, _), (other, _)] if one == other);
        if members.windows(2).any(is_same) {
            has_duplicate_keys = true;
            members.dedup_by(|later, earlier| {
                let is_same = later.0 == earlier.0;
                if is_same {
                    std::mem::swap(&mut later.1, &mut earlier.1);
                }
                is_same
            });
        }
        Self {
            members,
            has_duplicate_keys,
        }
    }
}

/// Compares two keys. Most keys differ in their first byte.
fn by_key(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    one.first().cmp(&other.first()).then_with(|| one.cmp(other))
}

impl<'a> IntoIterator for JsonObject<'a> {
    type Item = (Cow<'a, str>, JsonValue<'a>);
    type IntoIter = vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for JsonValue<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;

        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = JsonValue<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(JsonValue::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(JsonValue::Bool(value))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(JsonValue::Number(number.into()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(JsonValue::Number(number.into()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Number::from_f64(number).map_or(JsonValue::Null, JsonValue::Number))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(JsonValue::String(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(JsonValue::String(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(JsonValue::String(Cow::Owned(text)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(JsonValue::Array(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(Key(key)) = map.next_key()? {
                    if members.is_empty() {
                        members = Vec::with_capacity(OBJECT_CAPACITY);
                    }
                    let value = map.next_value()?;
                    if members.is_empty()
                        && key == NUMBER_KEY
                        && let JsonValue::String(text) = &value
                        && let Ok(number) = text.parse()
                    {
                        return Ok(JsonValue::Number(number));
                    }
                    members.push((key, value));
                }
                Ok(JsonValue::Object(JsonObject::new(members)))
            }
        }

        deserializer.deserialize_any(ValueVisitor)
    }
}

/// A key, borrowed if it contains no escapes.
#[derive(Deserialize)]
pub(crate) struct Key<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(json: &str) -> JsonObject<'_> {
        match serde_json::from_str(json).unwrap() {
            JsonValue::Object(object) => object,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_number_with_arbitrary_precision_is_a_number() {
        let json = format!(r#"{{"a":{{"{NUMBER_KEY}":"1.5"}},"b":{{"{NUMBER_KEY}":"x"}}}}"#);
        let object = object(&json);
        let number = Number::from_f64(1.5).map(JsonValue::Number);
        assert_eq!(object.get("a").cloned(), number);
        assert!(matches!(object.get("b"), Some(JsonValue::Object(_))));
    }

    #[test]
    fn a_value_is_the_same_as_that_of_serde_json() {
        for json in [
            r#"{"b":[1,-2,2.5,1e3,true,false,null,"x"],"a":{"\u0062":"\n","":{}},"é":"日本"}"#,
            "{}",
            r#"[[],[[{"a":[]}]],18446744073709551615,-9223372036854775808,-0]"#,
            r#""text""#,
            "null",
        ] {
            let value: JsonValue<'_> = serde_json::from_str(json).unwrap();
            let expected: Value = serde_json::from_str(json).unwrap();
            assert_eq!(value.to_value(), expected, "{json}");
            assert_eq!(value.clone().into_owned(), value, "{json}");
        }
        for invalid in ["", "{", r#"{"a"}"#, "[1,]", r#""\ud83d""#, "1e400", "{1:2}"] {
            assert!(serde_json::from_str::<JsonValue<'_>>(invalid).is_err());
        }
    }

    #[test]
    fn only_strings_with_escapes_are_copied() {
        let json = r#"{"a":"plain","\u0062":"\u0062"}"#;
        let members: Vec<_> = object(json).into_iter().collect();
        assert!(matches!(
            members.as_slice(),
            [
                (
                    Cow::Borrowed("a"),
                    JsonValue::String(Cow::Borrowed("plain"))
                ),
                (Cow::Owned(_), JsonValue::String(Cow::Owned(_))),
            ]
        ));
    }

    #[test]
    fn the_last_value_of_a_key_is_kept() {
        let object = object(r#"{"b":1,"a":1,"b":2,"\u0062":3,"a":2}"#);
        assert!(object.has_duplicate_keys());
        let members: Vec<_> = object
            .iter()
            .map(|(key, value)| (key, value.as_u64()))
            .collect();
        assert_eq!(members, [("a", Some(2)), ("b", Some(3))]);
    }

    #[test]
    fn duplicate_keys_are_noticed_at_any_depth() {
        for (json, expected) in [
            (r#"{"a":{"a":1},"b":[{"a":1},{"a":1}]}"#, false),
            (r#"{"a":{"b":1,"b":1}}"#, true),
            (r#"{"a":[0,[{"b":1,"b":1}]]}"#, true),
            (r#"{"a":[{"c":{"b":1,"b":1}}],"d":1}"#, true),
        ] {
            assert_eq!(object(json).has_duplicate_keys(), expected, "{json}");
        }
    }

    #[test]
    fn members_of_large_objects_are_found() {
        let members: Map<String, Value> = (0..1_000)
            .map(|number| (format!("key {number}"), json!(number)))
            .collect();
        let json = Value::Object(members.clone()).to_string();
        let object = object(&json);
        assert_eq!(object.len(), 1_000);
        for (key, value) in &members {
            assert_eq!(object.get(key).unwrap().to_value(), *value);
        }
        assert_eq!(object.get("key 1000"), None);
        assert_eq!(object.get(""), None);
    }
}
