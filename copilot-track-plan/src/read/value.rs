//! Takes typed values out of JSON objects.

use serde_json::{Map, Value};

use crate::error::PlanError;
use crate::model::{member_path, type_name};

/// Removes the string `name`. A missing value and `null` are `None`.
pub(super) fn string(
    members: &mut Map<String, Value>,
    path: &str,
    name: &str,
) -> Result<Option<String>, PlanError> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(expected(path, name, "a string", &other)),
    }
}

/// Removes the object `name`. A missing value and `null` are `None`.
pub(super) fn object(
    members: &mut Map<String, Value>,
    path: &str,
    name: &str,
) -> Result<Option<Map<String, Value>>, PlanError> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(other) => Err(expected(path, name, "an object", &other)),
    }
}

/// Removes the list `name`. A missing value and `null` are empty.
pub(super) fn list(
    members: &mut Map<String, Value>,
    path: &str,
    name: &str,
) -> Result<Vec<Value>, PlanError> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(other) => Err(expected(path, name, "a list", &other)),
    }
}

/// Removes the number `version`. Without it, the version is 1.
pub(super) fn version(members: &mut Map<String, Value>, path: &str) -> Result<u64, PlanError> {
    let Some(value) = members.remove("version").filter(|value| !value.is_null()) else {
        return Ok(1);
    };
    let number = match &value {
        Value::Number(number) => number.as_u64(),
        // Some exports contain the version as a string.
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| expected(path, "version", "a version such as 1", &value))
}

pub(super) fn expected(path: &str, name: &str, expected: &str, found: &Value) -> PlanError {
    let message = format!("expected {expected}, found {}", type_name(found));
    PlanError::new(member_path(path, name), message)
}
