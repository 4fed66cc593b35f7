//! Keywords that Rust types do not express.

use serde_json::Value;

use crate::model::Schema;

/// Keywords that restrict values, and that no Rust type expresses.
const KEYWORDS: &[&str] = &[
    "additionalItems",
    "allOf",
    "anyOf",
    "contains",
    "default",
    "dependencies",
    "else",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "if",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "propertyNames",
    "then",
    "uniqueItems",
];

/// Returns the keywords of a schema that Rust does not express. Keywords without an effect are left
/// out.
pub(super) fn keywords(schema: Schema<'_>) -> Vec<&str> {
    let members = schema.json().as_object().into_iter().flatten();
    members
        .filter(|(name, value)| {
            KEYWORDS.contains(&name.as_str()) && !is_without_effect(name, value)
        })
        .map(|(name, _)| name.as_str())
        .collect()
}

fn is_without_effect(name: &str, value: &Value) -> bool {
    match value {
        Value::Bool(false) => name == "uniqueItems",
        Value::String(text) => text.is_empty() && name == "pattern",
        Value::Number(number) => {
            number.as_u64() == Some(0) && name.starts_with("min") && name != "minimum"
        }
        Value::Object(members) => members.is_empty() && name.ends_with("ies"),
        _ => false,
    }
}
