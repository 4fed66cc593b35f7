//! The keywords of JSON Schema draft-07 whose values are schemas.

use serde_json::{Map, Value};

/// The value of `$schema` for draft-07.
pub(crate) const DRAFT_07: &str = "http://json-schema.org/draft-07/schema#";

/// Keywords whose value is an object of schemas.
const MAPS: &[&str] = &[
    "properties",
    "patternProperties",
    "definitions",
    "$defs",
    "dependencies",
];
/// Keywords whose value is a list of schemas.
const LISTS: &[&str] = &["allOf", "anyOf", "oneOf"];
/// Keywords whose value is a schema.
const SINGLE: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
];

/// Calls `visit` for each schema that is directly inside `schema`, with its keyword, and its key or
/// index if the keyword's value contains several schemas.
pub(crate) fn subschemas<'a>(
    schema: &'a Map<String, Value>,
    mut visit: impl FnMut(&'a str, Option<Step<'a>>, &'a Value),
) {
    for (keyword, value) in schema {
        let name = keyword.as_str();
        match value {
            Value::Object(members) if MAPS.contains(&name) => {
                for (key, value) in members {
                    // A dependency can be a list of names instead of a schema.
                    if name != "dependencies" || !value.is_array() {
                        visit(keyword, Some(Step::Member(key)), value);
                    }
                }
            }
            Value::Array(items) if LISTS.contains(&name) || name == "items" => {
                for (index, value) in items.iter().enumerate() {
                    visit(keyword, Some(Step::Item(index)), value);
                }
            }
            _ if SINGLE.contains(&name) => visit(keyword, None, value),
            _ => {}
        }
    }
}

/// The place of a schema inside a keyword's value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

/// Returns the name of a value's JSON type with its article, for messages.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a number",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
