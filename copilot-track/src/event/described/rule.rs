//! The rule of an event in a tracking plan.

use serde_json::{Map, Value, json};

use crate::event::described::nullable::remove_null;
use crate::event::described::planned_event::Description;
use crate::event::described::probed_type::ProbedType;
use crate::event::described::schema::{
    PropertyType, complete, has_unknown, members, property_type,
};
use crate::event::described::type_name::TypeName;

/// Separates the event and its properties in the text of a description.
const RECORD_SEPARATOR: char = '\u{1e}';
/// Separates the fields of a property in the text of a description.
const UNIT_SEPARATOR: char = '\u{1f}';

/// Returns the JSON of the event's rule, in the shape of Segment's Public API. The rule does not
/// contain the ids of the conversation and the message. Its member `x-copilot-track` contains the
/// Rust type of the event.
#[must_use]
pub fn rule(description: Description) -> String {
    let Description {
        name, rust_type, ..
    } = description;
    Rule::new(description)
        .into_json(name, rust_type)
        .to_string()
}

/// The properties of an event.
#[derive(Default)]
struct Rule {
    description: String,
    properties: Map<String, Value>,
    required: Vec<Value>,
    definitions: Map<String, Value>,
    /// Whether the event can have properties that the rule does not list.
    is_open: bool,
}

/// A property, as the derive macro writes it.
struct PropertyText<'a> {
    name: &'a str,
    is_flattened: bool,
    has_condition: bool,
    serialize_with: &'a str,
    doc: &'a str,
}

impl<'a> PropertyText<'a> {
    fn parse(text: &'a str) -> Self {
        let mut fields = text.split(UNIT_SEPARATOR);
        let mut field = || fields.next().unwrap_or_default();
        let (name, flags, serialize_with, doc) = (field(), field(), field(), field());
        Self {
            name,
            is_flattened: flags.contains('f'),
            has_condition: flags.contains('o'),
            serialize_with,
            doc,
        }
    }
}

impl Rule {
    fn new(mut description: Description) -> Self {
        let mut rule = Self::default();
        let mut parts = description.text.split(RECORD_SEPARATOR);
        parts
            .next()
            .unwrap_or_default()
            .clone_into(&mut rule.description);
        let types = TypeName::function_arguments(description.types);
        for (index, part) in parts.enumerate() {
            let property = PropertyText::parse(part);
            let ty = types.get(index).copied().unwrap_or_default();
            let ty = type_of(&property, ty, description.take_probed(index));
            if property.is_flattened {
                rule.flatten(ty);
            } else {
                rule.add(property.name, ty, property.has_condition, property.doc);
            }
        }
        rule
    }

    fn add(&mut self, name: &str, ty: PropertyType, has_condition: bool, doc: &str) {
        if self.properties.contains_key(name) {
            return;
        }
        if !ty.is_optional && !has_condition {
            self.required.push(name.into());
        }
        let mut schema = ty.schema;
        if let Value::Object(members) = &mut schema {
            self.take_definitions(members);
            if !doc.is_empty() {
                members.insert("description".to_owned(), doc.into());
            }
        }
        self.properties.insert(name.to_owned(), schema);
    }

    /// Moves the definitions of a property's schema to the root of the event's schema, because a
    /// reference such as `#/definitions/Item` starts there.
    fn take_definitions(&mut self, members: &mut Map<String, Value>) {
        if let Some(Value::Object(definitions)) = members.remove("definitions") {
            self.definitions.extend(definitions);
        }
    }

    /// Adds the properties of a value that is flattened.
    fn flatten(&mut self, ty: PropertyType) {
        let Some(properties) = members(&ty.schema).cloned() else {
            self.is_open = true;
            return;
        };
        let required = ty.schema.get("required").and_then(Value::as_array).cloned();
        let required = required.filter(|_| !ty.is_optional).unwrap_or_default();
        if let Value::Object(mut members) = ty.schema {
            self.take_definitions(&mut members);
            self.is_open |= members.contains_key("additionalProperties");
        }
        for (name, mut schema) in properties {
            let is_required = required.iter().any(|required| *required == name.as_str());
            let is_optional = remove_null(&mut schema) || !is_required;
            self.add(
                &name,
                PropertyType {
                    schema,
                    is_optional,
                },
                false,
                "",
            );
        }
    }

    fn into_json(self, name: &str, rust_type: &str) -> Value {
        let Self {
            description,
            properties,
            mut required,
            definitions,
            is_open,
        } = self;
        required.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        let mut object = json!({
            "type": "object",
            "properties": properties,
            "required": required,
        });
        let mut schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "properties": {},
            "required": ["properties"],
        });
        if is_open {
            insert(&mut object, "additionalProperties", true.into());
        }
        if !description.is_empty() {
            insert(&mut schema, "description", description.into());
        }
        if !definitions.is_empty() {
            insert(&mut schema, "definitions", definitions.into());
        }
        insert(&mut schema, "properties", json!({ "properties": object }));
        json!({
            "key": name,
            "type": "TRACK",
            "version": 1,
            "jsonSchema": schema,
            "x-copilot-track": { "type": rust_type },
        })
    }
}

fn insert(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

/// Returns the type of a property, by the name of its type and by what the type tells.
fn type_of(property: &PropertyText<'_>, name: &str, probed: ProbedType) -> PropertyType {
    let mut ty = property_type(name);
    if !property.serialize_with.is_empty() {
        ty.schema = schema_of_function(property.serialize_with);
        return ty;
    }
    let must_probe = has_unknown(&ty.schema);
    if let (true, Some(schema)) = (must_probe, probed.schema) {
        complete(&mut ty.schema, schema);
        ty.is_optional |= probed.is_optional;
    }
    ty
}

/// Returns the schema of the values that a well-known function writes. A value of another function
/// can have any form.
fn schema_of_function(path: &str) -> Value {
    let path = path.trim_start_matches("::");
    let is_in = |module: &str| path.starts_with(module);
    if is_in("time::serde::rfc3339") || is_in("time::serde::iso8601") {
        json!({ "type": "string", "format": "date-time" })
    } else if is_in("time::serde::timestamp::") || is_in("chrono::serde::ts_") {
        json!({ "type": "integer" })
    } else if is_in("rust_decimal::serde::str") {
        json!({ "type": "string" })
    } else if is_in("rust_decimal::serde::float") {
        json!({ "type": "number" })
    } else {
        json!({})
    }
}
