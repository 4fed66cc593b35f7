//! Validates the keywords that this crate reads.

use serde_json::{Map, Value};

use super::references;
use super::subschema_path::subschema_path;
use crate::error::PlanError;
use crate::model::{Types, index_path, member_path, subschemas, type_name};

/// Validates a schema and its references.
pub(super) fn check_schema(schema: &Value, path: &str) -> Result<(), PlanError> {
    check(schema, path)?;
    references::check(schema, path)
}

fn check(schema: &Value, path: &str) -> Result<(), PlanError> {
    let members = match schema {
        Value::Object(members) => members,
        Value::Bool(_) => return Ok(()),
        other => {
            let message = format!("expected a schema, found {}", type_name(other));
            return Err(PlanError::new(path, message));
        }
    };
    check_types(members, path)?;
    for name in ["properties", "patternProperties", "definitions", "$defs"] {
        expect(members, path, name, "an object", Value::is_object)?;
    }
    for name in ["enum", "allOf", "anyOf", "oneOf"] {
        expect(members, path, name, "a list", Value::is_array)?;
    }
    for name in ["pattern", "format", "$ref"] {
        expect(members, path, name, "a string", Value::is_string)?;
    }
    expect(members, path, "items", "a schema or a list", |value| {
        value.is_object() || value.is_array() || value.is_boolean()
    })?;
    check_required(members, path)?;
    let mut result = Ok(());
    subschemas(members, |keyword, step, value| {
        if result.is_ok() {
            result = check(value, &subschema_path(path, keyword, step));
        }
    });
    result
}

fn expect(
    members: &Map<String, Value>,
    path: &str,
    name: &str,
    expected: &str,
    is_expected: impl Fn(&Value) -> bool,
) -> Result<(), PlanError> {
    match members.get(name) {
        Some(value) if !is_expected(value) => {
            let message = format!("expected {expected}, found {}", type_name(value));
            Err(PlanError::new(member_path(path, name), message))
        }
        _ => Ok(()),
    }
}

fn check_types(members: &Map<String, Value>, path: &str) -> Result<(), PlanError> {
    let names = match members.get("type") {
        None => return Ok(()),
        Some(Value::Array(names)) => names.as_slice(),
        Some(name) => std::slice::from_ref(name),
    };
    for name in names {
        let Some(text) = name.as_str() else {
            let message = format!("expected the name of a type, found {}", type_name(name));
            return Err(PlanError::new(member_path(path, "type"), message));
        };
        if Types::named(text).is_none() {
            let names: Vec<_> = Types::ANY.names().collect();
            let message = format!("invalid type `{text}`: expected {}", names.join(", "));
            return Err(PlanError::new(member_path(path, "type"), message));
        }
    }
    Ok(())
}

fn check_required(members: &Map<String, Value>, path: &str) -> Result<(), PlanError> {
    match members.get("required") {
        None => Ok(()),
        Some(Value::Array(names)) => match names.iter().position(|name| !name.is_string()) {
            None => Ok(()),
            Some(index) => {
                let path = index_path(&member_path(path, "required"), index);
                Err(PlanError::new(path, "expected the name of a property"))
            }
        },
        // Draft-03 has `"required": true` on the property itself.
        Some(_) => Err(PlanError::new(
            member_path(path, "required"),
            "expected a list of names; put the name of the property into `required` of the object",
        )),
    }
}
