//! The names of the properties that a schema plans.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::model::resolve;

/// The deepest nesting of combined schemas that is searched.
const MAX_DEPTH: usize = 16;

/// Returns the names that `schema` and the schemas that it combines declare. `None` if the schema
/// declares no name, or explicitly allows others.
pub(super) fn names(
    schema: &Map<String, Value>,
    root: &Map<String, Value>,
) -> Option<HashSet<Box<str>>> {
    let mut names = HashSet::new();
    (collect(schema, root, &mut names, 0) && !names.is_empty()).then_some(names)
}

/// Adds the names. Returns `false` if every name is planned.
fn collect(
    schema: &Map<String, Value>,
    root: &Map<String, Value>,
    names: &mut HashSet<Box<str>>,
    depth: usize,
) -> bool {
    let is_open = match schema.get("additionalProperties") {
        None | Some(Value::Bool(false)) => false,
        Some(_) => true,
    };
    if is_open || schema.contains_key("patternProperties") || depth == MAX_DEPTH {
        return false;
    }
    if let Some(Value::Object(properties)) = schema.get("properties") {
        names.extend(properties.keys().map(|name| name.as_str().into()));
        // A required property is planned, even if it has no schema.
        let required = schema.get("required").and_then(Value::as_array);
        let required = required.filter(|_| !properties.is_empty());
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        names.extend(required.map(Into::into));
    }
    let mut inner: Vec<&Value> = Vec::new();
    for keyword in ["allOf", "anyOf", "oneOf"] {
        if let Some(Value::Array(schemas)) = schema.get(keyword) {
            inner.extend(schemas);
        }
    }
    inner.extend(
        ["if", "then", "else"]
            .iter()
            .filter_map(|name| schema.get(*name)),
    );
    if let Some(Value::Object(dependencies)) = schema.get("dependencies") {
        inner.extend(dependencies.values());
    }
    let reference = schema.get("$ref").and_then(Value::as_str);
    inner.extend(reference.and_then(|reference| resolve(reference, root)));
    inner.into_iter().all(|schema| match schema {
        Value::Object(schema) => collect(schema, root, names, depth + 1),
        _ => true,
    })
}
