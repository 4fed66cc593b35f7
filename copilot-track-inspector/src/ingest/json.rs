//! JSON as it came: an object's members in their order, each as the text that it was.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// An object's members in their order; a key that comes twice is there twice.
#[derive(Debug)]
pub(crate) struct Members<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// The last member of that name, as JSON's readers take it.
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        let mut members = self.0.iter().rev();
        members
            .find(|(key, _)| key == name)
            .map(|(_, value)| *value)
    }

    /// A name that is there twice.
    pub(crate) fn doubled(&self) -> Option<&str> {
        let mut seen = HashSet::new();
        let mut names = self.0.iter().map(|(name, _)| name.as_ref());
        names.find(|name| !seen.insert(*name))
    }

    /// That member, if it is a string.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

/// A key, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Escapes of half a surrogate pair, which JavaScript writes where it cut a text within an emoji,
/// and which no Unicode text can hold: each becomes U+FFFD. Nothing, if there are none.
pub(crate) fn without_lone_surrogates(json: &str) -> Option<String> {
    let bytes = json.as_bytes();
    let mut mended: Option<String> = None;
    let (mut at, mut copied) = (0, 0);
    while let Some(step) = bytes
        .get(at..)
        .and_then(|rest| rest.iter().position(|b| *b == b'\\'))
    {
        at += step;
        match surrogate(bytes, at) {
            Some(0xD800..=0xDBFF) if matches!(surrogate(bytes, at + 6), Some(0xDC00..=0xDFFF)) => {
                at += 12;
            }
            Some(0xD800..=0xDFFF) => {
                let mended = mended.get_or_insert_default();
                mended.push_str(json.get(copied..at).unwrap_or_default());
                mended.push_str("\\ufffd");
                at += 6;
                copied = at;
            }
            // An escape of another kind is at least two bytes.
            _ => at += 2,
        }
    }
    let mut mended = mended?;
    mended.push_str(json.get(copied..).unwrap_or_default());
    Some(mended)
}

/// The code unit of the escape `\uXXXX` that begins here.
fn surrogate(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_text_and_repetition() {
        let members: Members<'_> =
            serde_json::from_str(r#"{"b": 1.50, "a":{"x":[ ]},"\u0062":"two"}"#).unwrap();
        let all: Vec<_> = members
            .0
            .iter()
            .map(|(k, v)| (k.as_ref(), v.get()))
            .collect();
        assert_eq!(
            all,
            [("b", "1.50"), ("a", r#"{"x":[ ]}"#), ("b", r#""two""#)]
        );
        assert_eq!(members.text("b").as_deref(), Some("two"));
        assert_eq!(members.doubled(), Some("b"));
        assert!(serde_json::from_str::<Members<'_>>("[]").is_err());
    }

    #[test]
    fn halves_of_pairs_are_mended_and_pairs_are_not() {
        for (json, mended) in [
            (r#""a\ud83d""#, Some(r#""a\ufffd""#)),
            (r#""\ude00\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#)),
            (r#""\ud83d\ud83d\ude00x""#, Some(r#""\ufffd\ud83d\ude00x""#)),
            (r#""\ud83d\ude00""#, None),
            (r#""\\ud83d""#, None),
            (r#""\u00e9\"\\""#, None),
            (r#""\ud8"#, None),
            ("é", None),
        ] {
            assert_eq!(without_lone_surrogates(json).as_deref(), mended, "{json}");
        }
    }
}
