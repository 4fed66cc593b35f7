//! The schema of a type that implements [`JsonSchema`].

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::event::described::nullable::{nullable, remove_null};
use crate::event::described::probed_type::ProbedType;

/// Returns the draft-07 schema of the values that a type writes.
pub(super) fn schema_of<T: JsonSchema + ?Sized>() -> ProbedType {
    let mut settings = SchemaSettings::draft07().for_serialize();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut schema = schema.to_value();
    replace_std_types(&mut schema);
    let is_optional = remove_null(&mut schema);
    // The title is the name of the Rust type.
    if let Value::Object(members) = &mut schema {
        members.remove("title");
    }
    ProbedType {
        schema: Some(schema),
        is_optional,
    }
}

/// Replaces the schemas of types that this crate sends in another form than `serde` writes, and
/// removes the names of Rust's number types, which are no formats of JSON Schema.
fn replace_std_types(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let format = members.get("format").and_then(Value::as_str);
            if format.is_some_and(is_number_format) {
                members.remove("format");
            }
            if let Some(form) = sent_form(members) {
                let types = members.get("type").and_then(Value::as_array);
                let has_null = types.is_some_and(|types| types.iter().any(|ty| ty == "null"));
                let form = if has_null { nullable(form) } else { form };
                members.retain(|name, _| name == "description");
                if let Value::Object(form) = form {
                    members.extend(form);
                }
            }
            members.values_mut().for_each(replace_std_types);
        }
        Value::Array(values) => values.iter_mut().for_each(replace_std_types),
        _ => {}
    }
}

fn is_number_format(format: &str) -> bool {
    let bits = format.trim_start_matches('u').strip_prefix("int");
    matches!(format, "float" | "double")
        || bits.is_some_and(|bits| bits.bytes().all(|b| b.is_ascii_digit()))
}

/// Returns the form in which a duration or a time of the system is sent, if the schema is that of
/// one of them.
fn sent_form(members: &Map<String, Value>) -> Option<Value> {
    let properties = members.get("properties")?.as_object()?;
    let names: Vec<&str> = properties.keys().map(String::as_str).collect();
    match names.as_slice() {
        ["nanos", "secs"] | ["secs", "nanos"] => Some(json!({ "type": "number" })),
        ["nanos_since_epoch", "secs_since_epoch"] | ["secs_since_epoch", "nanos_since_epoch"] => {
            Some(json!({ "type": "string", "format": "date-time" }))
        }
        _ => None,
    }
}
