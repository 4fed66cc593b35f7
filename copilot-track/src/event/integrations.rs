//! Segment's `integrations` object.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::event::extra_properties::SerializedValue;
use crate::util::json::tree::map_heap_size;

/// The destinations that receive a call: Segment's `integrations` object.
#[derive(Debug, Clone, Default)]
pub(crate) struct Integrations(Map<String, Value>);

impl Integrations {
    /// Serializes a map or a struct. Returns the error message if this is not possible.
    pub(crate) fn of(integrations: impl Serialize) -> Result<Self, String> {
        let json = SerializedValue::of_owned(integrations).0;
        let json = json.map_err(|error| error.message)?;
        let object = serde_json::from_slice::<Map<String, Value>>(&json);
        let object = object.map_err(|_| "they are neither a map nor a struct".to_owned())?;
        Ok(Self(object))
    }

    /// Returns the JSON of both objects. The fields of `newer` replace those of this one.
    pub(crate) fn merged_with(&self, newer: Option<&Self>) -> Value {
        let mut merged = self.0.clone();
        merged.extend(newer.into_iter().flat_map(|newer| newer.0.clone()));
        Value::Object(merged)
    }

    /// Returns the approximate size in memory, in bytes.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + map_heap_size(&self.0)
    }
}
