//! Fields that a function serializes, for `#[track(with = "…")]`.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::event::extra_properties::PROPERTY_LEVEL;
use crate::util::json::{PlainSerializer, with_plain_serializer};

/// The value that a function has serialized, or the error.
pub struct SerializedField(Result<Box<RawValue>, String>);

/// Serializes a field with a function.
pub fn serialize_with<T: ?Sized>(
    value: &T,
    serialize: impl FnOnce(&T, PlainSerializer<'_>) -> Result<(), serde_json::Error>,
) -> SerializedField {
    let json = with_plain_serializer(PROPERTY_LEVEL, |serializer| serialize(value, serializer));
    SerializedField(json.map_err(|error| error.to_string()).and_then(|json| {
        // A function that writes nothing leaves the field out.
        let json = if json.is_empty() {
            "null".to_owned()
        } else {
            json
        };
        RawValue::from_string(json).map_err(|error| error.to_string())
    }))
}

impl Serialize for SerializedField {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Ok(json) => json.serialize(serializer),
            Err(error) => Err(serde::ser::Error::custom(error)),
        }
    }
}

impl fmt::Debug for SerializedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The value can contain text from the conversation.
        f.write_str("SerializedField")
    }
}
