//! Reads the rules of Segment's Public API, which have `key`, `type`, `version`, and `jsonSchema`.

use serde_json::{Map, Value};

use super::validate::check_schema;
use super::value::{object, string, version};
use super::{draft, typewriter};
use crate::error::PlanError;
use crate::model::{Rule, RuleType, index_path, member_path, type_name};

/// Reads a list of rules. Returns each rule with its path.
pub(super) fn read_rules(items: Vec<Value>, path: &str) -> Result<Vec<(String, Rule)>, PlanError> {
    let items = items.into_iter().enumerate().map(|(index, item)| {
        let path = index_path(path, index);
        let rule = read_rule(item, &path)?;
        Ok((path, rule))
    });
    items.collect()
}

/// Reads the rule at `path`.
pub(crate) fn read_rule(item: Value, path: &str) -> Result<Rule, PlanError> {
    let Value::Object(mut members) = item else {
        let message = format!("expected a rule, found {}", type_name(&item));
        return Err(PlanError::new(path, message));
    };
    let key = string(&mut members, path, "key")?.unwrap_or_default();
    let rule_type = read_type(&mut members, path)?;
    let version = version(&mut members, path)?;
    let schema_path = member_path(path, "jsonSchema");
    let Some(mut schema) = object(&mut members, path, "jsonSchema")? else {
        let message = "expected `jsonSchema`, the JSON Schema of the event";
        return Err(PlanError::new(path, message));
    };
    let key = typewriter::restore(key, rule_type, &mut schema);
    if key.is_empty() && rule_type == RuleType::Track {
        let message = "expected `key`, the name of the event";
        return Err(PlanError::new(path, message));
    }
    if let Some(text) = string(&mut members, path, "description")? {
        describe(&mut schema, text);
    }
    finish(rule_type, key, version, schema, &schema_path)
}

/// Creates a rule after its schema was validated.
pub(super) fn finish(
    rule_type: RuleType,
    key: String,
    version: u64,
    schema: Map<String, Value>,
    path: &str,
) -> Result<Rule, PlanError> {
    let mut schema = Value::Object(schema);
    draft::update(&mut schema, path)?;
    check_schema(&schema, path)?;
    let Value::Object(schema) = schema else {
        return Err(PlanError::new(path, "expected an object"));
    };
    Ok(Rule::new(rule_type, key, version, schema))
}

/// Moves a description next to a schema into the schema.
pub(super) fn describe(schema: &mut Map<String, Value>, text: String) {
    let has_text = schema
        .get("description")
        .and_then(Value::as_str)
        .is_some_and(|text| !text.is_empty());
    if !has_text && !text.is_empty() {
        schema.insert("description".to_owned(), Value::String(text));
    }
}

fn read_type(members: &mut Map<String, Value>, path: &str) -> Result<RuleType, PlanError> {
    let Some(name) = string(members, path, "type")? else {
        let message = format!("expected `type`: {}", type_names());
        return Err(PlanError::new(path, message));
    };
    RuleType::parse(&name).ok_or_else(|| {
        let message = format!("invalid type `{name}`: expected {}", type_names());
        PlanError::new(member_path(path, "type"), message)
    })
}

fn type_names() -> String {
    let names = RuleType::ALL.map(RuleType::as_str);
    names.join(", ")
}
