//! Writes plans in the shape of Typewriter's `plan.json`.

use serde_json::{Map, Value, json};

use super::sorted::sorted;
use crate::model::{Plan, Rule};

impl Plan {
    /// Returns the text of a `plan.json` for Typewriter 8 and later.
    ///
    /// Typewriter reads the properties of an event from the top of its schema, so rules about
    /// `context` or `traits` are not part of the file.
    #[must_use]
    pub fn to_typewriter(&self) -> String {
        let name = self.name().unwrap_or("Tracking Plan");
        let rules: Vec<_> = self.rules().iter().map(flattened).collect();
        let plan = json!({ "id": "", "name": name, "rules": rules });
        let mut text = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
        let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
        // Writing a JSON value to memory does not fail.
        let _ = serde::Serialize::serialize(&sorted(&plan), &mut serializer);
        String::from_utf8(text).unwrap_or_default() + "\n"
    }
}

/// Moves the schema of the fields to the top, as Typewriter does.
fn flattened(rule: &Rule) -> Value {
    let mut schema = Map::new();
    for (name, value) in rule.schema() {
        if name != "required" && name != "properties" {
            schema.insert(name.clone(), value.clone());
        }
    }
    let fields = rule.fields_schema().map(|schema| schema.json());
    if let Some(Value::Object(fields)) = fields {
        for (name, value) in fields {
            schema.insert(name.clone(), value.clone());
        }
    }
    if let Some(text) = rule.description() {
        schema.insert("description".to_owned(), text.into());
    }
    schema
        .entry("properties")
        .or_insert_with(|| Value::Object(Map::new()));
    schema.insert(
        "eventMetadata".to_owned(),
        json!({ "name": rule.key(), "type": rule.rule_type().as_str() }),
    );
    json!({
        "key": rule.key().replacen('#', "", 1),
        "type": rule.rule_type().as_str(),
        "version": rule.version(),
        "jsonSchema": schema,
    })
}
