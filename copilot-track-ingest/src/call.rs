//! A single call of the tracking API.

use std::borrow::Cow;

use serde_json::Value;

use crate::{
    endpoint::CallKind,
    json::{
        duplicate_keys, numbers,
        object::RawObject,
        surrogates::replace_lone_surrogates,
        value::{JsonObject, JsonValue},
    },
    write_key::WriteKey,
};

/// One call as the client sent it.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    json: Cow<'a, str>,
    endpoint_kind: Option<CallKind>,
    /// The members, if the call was parsed together with its request.
    members: Option<JsonObject<'a>>,
}

/// A parsed call. It contains the call's members and the keys that occur more than once.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedCall<'a> {
    members: Cow<'a, JsonObject<'a>>,
    duplicate_keys: Vec<String>,
}

/// An error from [`Call::parse`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The call is valid JSON, but not an object.
    #[error("a call must be a JSON object")]
    NotAnObject,
    /// The call is nested too deeply.
    #[error("the call is nested more than 127 levels deep")]
    TooDeep,
    /// The call is not valid JSON.
    #[error("the call is not valid JSON: {0}")]
    InvalidJson(serde_json::Error),
}

/// Compares the JSON and the endpoint.
impl PartialEq for Call<'_> {
    fn eq(&self, other: &Self) -> bool {
        (&self.json, self.endpoint_kind) == (&other.json, other.endpoint_kind)
    }
}

impl Eq for Call<'_> {}

impl<'a> Call<'a> {
    /// Creates a call from its JSON, which need not be valid. Replaces lone surrogates with U+FFFD.
    #[must_use]
    pub fn new(json: &'a str) -> Self {
        Self {
            json: replace_lone_surrogates(json).map_or(Cow::Borrowed(json), Cow::Owned),
            endpoint_kind: None,
            members: None,
        }
    }

    /// Creates a call from its JSON and from the value that the JSON represents.
    pub(crate) fn parsed(json: &'a str, value: JsonValue<'a>) -> Self {
        Self {
            json: Cow::Borrowed(json),
            endpoint_kind: None,
            members: match value {
                JsonValue::Object(members) => Some(members),
                _ => None,
            },
        }
    }

    #[cfg(test)]
    pub(crate) fn is_parsed(&self) -> bool {
        self.members.is_some()
    }

    pub(crate) fn with_endpoint_kind(mut self, kind: Option<CallKind>) -> Self {
        self.endpoint_kind = kind;
        self
    }

    /// Returns the call's JSON as it was sent, except for lone surrogates.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Returns whether lone surrogates were replaced with U+FFFD.
    #[must_use]
    pub fn has_replaced_surrogates(&self) -> bool {
        matches!(self.json, Cow::Owned(_))
    }

    /// Returns the kind of call that the request's path specifies. Returns `None` for the calls of
    /// a batch, each of which has a `type` instead.
    #[must_use]
    pub fn endpoint_kind(&self) -> Option<CallKind> {
        self.endpoint_kind
    }

    /// Parses the call. A number that an `f64` cannot represent, such as `1e400`, becomes the
    /// largest finite number with the same sign. [`json`](Self::json) returns the number as it was
    /// sent.
    ///
    /// # Errors
    ///
    /// Returns an error if the call is not valid JSON, is not an object, or is nested more than 127
    /// levels deep.
    pub fn parse(&self) -> Result<ParsedCall<'_>, CallError> {
        if let Some(members) = &self.members {
            return Ok(ParsedCall::new(Cow::Borrowed(members), &self.json));
        }
        match numbers::parse(&self.json) {
            Ok((JsonValue::Object(members), limited)) => Ok(ParsedCall::new(
                Cow::Owned(members),
                limited.as_deref().unwrap_or(&self.json),
            )),
            Ok(_) => Err(CallError::NotAnObject),
            // `serde_json` provides no other way to identify this error.
            Err(error) if error.to_string().contains("recursion limit") => Err(CallError::TooDeep),
            Err(error) => Err(CallError::InvalidJson(error)),
        }
    }

    /// Returns the write key in the call's JSON. Browsers send the write key there.
    #[must_use]
    pub fn write_key(&self) -> Option<WriteKey> {
        if let Some(members) = &self.members {
            return WriteKey::new(members.get("writeKey")?.as_str()?);
        }
        let members: RawObject<'_> = serde_json::from_str(&self.json).ok()?;
        WriteKey::new(members.get_string("writeKey")?)
    }

    /// Returns the call's JSON with its write key redacted. The values of all other members are
    /// unchanged.
    #[must_use]
    pub fn redacted_json(&self) -> Cow<'_, str> {
        let json = &*self.json;
        let may_have_key = match &self.members {
            Some(members) => members.contains_key("writeKey"),
            // A key may contain escapes, such as `\u0077riteKey`.
            None => json.contains("writeKey") || json.contains("\\u"),
        };
        if !may_have_key {
            return Cow::Borrowed(json);
        }
        let Ok(members) = serde_json::from_str::<RawObject<'_>>(json) else {
            return Cow::Borrowed(json);
        };
        if !members.iter().any(|(key, _)| key == "writeKey") {
            return Cow::Borrowed(json);
        }
        let mut redacted = String::with_capacity(json.len());
        for (key, value) in members.iter() {
            redacted.push(if redacted.is_empty() { '{' } else { ',' });
            redacted.push_str(&Value::from(key).to_string());
            redacted.push(':');
            if key == "writeKey" {
                let key = serde_json::from_str::<String>(value.get()).unwrap_or_default();
                let key = WriteKey::new(key).map_or_else(|| "…".to_owned(), |key| key.redacted());
                redacted.push_str(&Value::from(key).to_string());
            } else {
                redacted.push_str(value.get());
            }
        }
        redacted.push('}');
        Cow::Owned(redacted)
    }
}

impl<'a> ParsedCall<'a> {
    /// `json` is the JSON from which the members were parsed.
    fn new(members: Cow<'a, JsonObject<'a>>, json: &str) -> Self {
        let duplicate_keys = if members.has_duplicate_keys() {
            duplicate_keys::find(json)
        } else {
            Vec::new()
        };
        Self {
            members,
            duplicate_keys,
        }
    }

    /// Returns the call's members. If a key occurs more than once, the object contains its last
    /// value.
    #[must_use]
    pub fn members(&self) -> &JsonObject<'a> {
        &self.members
    }

    /// Returns the call's members.
    #[must_use]
    pub fn into_members(self) -> JsonObject<'a> {
        self.members.into_owned()
    }

    /// Returns the paths of keys that occur more than once in one object, such as
    /// `properties.items[0].id`. At most five are returned.
    #[must_use]
    pub fn duplicate_keys(&self) -> &[String] {
        &self.duplicate_keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_calls_return_the_matching_error() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let deep = format!(r#"{{"properties":{deep}}}"#);
        assert!(matches!(
            Call::new("5").parse(),
            Err(CallError::NotAnObject)
        ));
        assert!(matches!(Call::new(&deep).parse(), Err(CallError::TooDeep)));
        assert!(matches!(
            Call::new("1e999").parse(),
            Err(CallError::InvalidJson(_))
        ));
        assert!(matches!(
            Call::new(r#"{"a":1e}"#).parse(),
            Err(CallError::InvalidJson(_))
        ));
    }

    #[test]
    fn numbers_of_any_size_are_valid() {
        let json = r#"{"properties":{"n":1e400,"m":-2e999},"a":1e400,"a":{"b":1,"b":2}}"#;
        let call = Call::new(json);
        assert_eq!(call.json(), json);
        assert_eq!(call.redacted_json(), json);
        let parsed = call.parse().unwrap();
        assert_eq!(parsed.duplicate_keys(), ["a", "a.b"]);
        let properties = parsed.members().get("properties").unwrap();
        assert_eq!(properties.get("n").unwrap().as_f64(), Some(f64::MAX));
        assert_eq!(properties.get("m").unwrap().as_f64(), Some(-f64::MAX));
    }

    #[test]
    fn a_hundred_thousand_levels_are_too_deep() {
        let levels = 100_000;
        let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(levels), "]".repeat(levels));
        let thread = std::thread::Builder::new().stack_size(512 * 1024);
        let check = move || {
            let call = Call::new(&deep);
            assert!(matches!(call.parse(), Err(CallError::TooDeep)));
            assert_eq!(call.write_key(), None);
            assert_eq!(call.redacted_json(), deep);
        };
        thread.spawn(check).unwrap().join().unwrap();
    }

    #[test]
    fn redacting_the_write_key_leaves_all_other_values_unchanged() {
        let call = Call::new(r#"{"a": 1.50,"writeKey":"sEcReTwRiTeKeY", "b":[ ]}"#);
        assert_eq!(
            call.redacted_json(),
            r#"{"a":1.50,"writeKey":"sEcR…","b":[ ]}"#
        );
        assert_eq!(
            call.write_key().map(|key| key.as_str().to_owned()),
            Some("sEcReTwRiTeKeY".to_owned())
        );
        let escaped = Call::new(r#"{"\u0077riteKey":"sEcReTwRiTeKeY"}"#);
        assert_eq!(escaped.redacted_json(), r#"{"writeKey":"sEcR…"}"#);
        let without = Call::new(r#"{"favoriteKey" : 1}"#);
        assert_eq!(without.redacted_json(), without.json());
    }
}
