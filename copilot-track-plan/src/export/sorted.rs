//! Writes JSON with sorted keys, so that differences between two versions of a file are small.

use serde_json::{Map, Value};

/// Returns a value with sorted keys.
pub(super) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|a, b| a.0.cmp(b.0));
            let members = members.into_iter();
            Value::Object(
                members
                    .map(|(name, value)| (name.clone(), sorted(value)))
                    .collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// Returns indented JSON with sorted keys and a line break at the end.
pub(super) fn pretty(value: &Value) -> String {
    format!("{:#}\n", sorted(value))
}
