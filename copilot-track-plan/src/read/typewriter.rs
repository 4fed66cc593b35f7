//! Restores the schemas of Typewriter's `plan.json`.
//!
//! Since version 8, Typewriter writes the rules of the Public API with two changes. The members of
//! `properties.properties` are moved to the top of the schema, and `eventMetadata` has the event's
//! name and type. The name in `key` has no `#`.

use serde_json::{Map, Value};

use crate::model::RuleType;

/// The member that Typewriter adds to a schema.
pub(crate) const METADATA: &str = "eventMetadata";
/// Members that describe the rule. All other members describe its properties.
const RULE_MEMBERS: &[&str] = &[
    "$id",
    "$schema",
    "definitions",
    "description",
    "labels",
    "title",
];

/// Restores a schema that Typewriter has changed. Returns the event's name.
pub(super) fn restore(key: String, rule_type: RuleType, schema: &mut Map<String, Value>) -> String {
    let Some(metadata) = schema.remove(METADATA) else {
        return key;
    };
    let mut fields = Map::new();
    let names: Vec<String> = schema.keys().cloned().collect();
    for name in names {
        if !RULE_MEMBERS.contains(&name.as_str())
            && let Some(value) = schema.remove(&name)
        {
            fields.insert(name, value);
        }
    }
    let is_required = fields
        .get("required")
        .and_then(Value::as_array)
        .is_some_and(|names| !names.is_empty());
    fields.entry("type").or_insert_with(|| "object".into());
    let member = rule_type.member();
    schema.insert("type".to_owned(), "object".into());
    if is_required {
        schema.insert("required".to_owned(), Value::Array(vec![member.into()]));
    }
    let mut members = Map::new();
    members.insert(member.to_owned(), Value::Object(fields));
    schema.insert("properties".to_owned(), Value::Object(members));
    let name = metadata.get("name").and_then(Value::as_str);
    name.map_or(key, str::to_owned)
}
