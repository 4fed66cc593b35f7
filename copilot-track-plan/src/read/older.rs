//! Reads the older shape of plans, which the Config API and Typewriter before version 8 use.

use serde_json::{Map, Value};

use super::rules::{describe, finish};
use super::value::{list, object, string, version};
use crate::error::PlanError;
use crate::model::{DRAFT_07, Rule, RuleType, index_path, member_path, type_name};

/// The members with one schema each.
const SCHEMAS: &[(&str, RuleType)] = &[
    ("global", RuleType::Common),
    ("identify", RuleType::Identify),
    ("group", RuleType::Group),
    ("page", RuleType::Page),
    ("screen", RuleType::Screen),
];

/// The members that list traits.
const TRAITS: &[(&str, RuleType)] = &[
    ("identify_traits", RuleType::Identify),
    ("user_traits", RuleType::Identify),
    ("group_traits", RuleType::Group),
];

/// Reads `rules.events`, `rules.identify`, and the like. Returns each rule with its path.
pub(super) fn read_groups(
    mut groups: Map<String, Value>,
    path: &str,
) -> Result<Vec<(String, Rule)>, PlanError> {
    let mut rules = Vec::new();
    let events_path = member_path(path, "events");
    for (index, item) in list(&mut groups, path, "events")?.into_iter().enumerate() {
        let path = index_path(&events_path, index);
        let rule = read_event(item, &path)?;
        rules.push((path, rule));
    }
    for (name, rule_type) in SCHEMAS {
        if let Some(schema) = object(&mut groups, path, name)?.filter(|schema| !schema.is_empty()) {
            let path = member_path(path, name);
            let rule = finish(*rule_type, String::new(), 1, schema, &path)?;
            rules.push((path, rule));
        }
    }
    for (name, rule_type) in TRAITS {
        let traits = list(&mut groups, path, name)?;
        if !traits.is_empty() {
            let path = member_path(path, name);
            add_traits(&mut rules, *rule_type, traits, &path)?;
        }
    }
    Ok(rules)
}

fn read_event(item: Value, path: &str) -> Result<Rule, PlanError> {
    let Value::Object(mut members) = item else {
        let message = format!("expected an event, found {}", type_name(&item));
        return Err(PlanError::new(path, message));
    };
    let rule_type = event_type(&mut members, path)?;
    let name = string(&mut members, path, "name")?.unwrap_or_default();
    if name.is_empty() && rule_type == RuleType::Track {
        let message = "expected `name`, the name of the event";
        return Err(PlanError::new(path, message));
    }
    let version = version(&mut members, path)?;
    let mut schema = object(&mut members, path, "rules")?.unwrap_or_default();
    if let Some(text) = string(&mut members, path, "description")? {
        describe(&mut schema, text);
    }
    let path = member_path(path, "rules");
    finish(rule_type, name, version, schema, &path)
}

/// Returns the type of an event. Plans of `RudderStack` have the type in `eventType`.
fn event_type(members: &mut Map<String, Value>, path: &str) -> Result<RuleType, PlanError> {
    let Some(name) = string(members, path, "eventType")? else {
        return Ok(RuleType::Track);
    };
    RuleType::parse(&name).ok_or_else(|| {
        let message = format!("invalid type `{name}`: expected `track`, `identify`, or the like");
        PlanError::new(member_path(path, "eventType"), message)
    })
}

/// Adds listed traits to the rule of their type.
fn add_traits(
    rules: &mut Vec<(String, Rule)>,
    rule_type: RuleType,
    traits: Vec<Value>,
    path: &str,
) -> Result<(), PlanError> {
    let existing = rules
        .iter()
        .position(|(_, rule)| rule.rule_type() == rule_type);
    let (rule_path, mut rule) = if let Some(index) = existing {
        rules.swap_remove(index)
    } else {
        let mut schema = Map::new();
        schema.insert("$schema".to_owned(), DRAFT_07.into());
        schema.insert("type".to_owned(), "object".into());
        (path.to_owned(), Rule::new(rule_type, "", 1, schema))
    };
    for (index, item) in traits.into_iter().enumerate() {
        let path = index_path(path, index);
        let Value::Object(mut members) = item else {
            let message = format!("expected a trait, found {}", type_name(&item));
            return Err(PlanError::new(path, message));
        };
        let Some(name) = string(&mut members, &path, "name")? else {
            return Err(PlanError::new(
                path,
                "expected `name`, the name of the trait",
            ));
        };
        let mut schema = object(&mut members, &path, "rules")?.unwrap_or_default();
        if let Some(text) = string(&mut members, &path, "description")? {
            describe(&mut schema, text);
        }
        if rule.field(&name).is_none() {
            rule.set_field(&name, Value::Object(schema), false);
        }
    }
    let rule = finish(
        rule_type,
        String::new(),
        1,
        rule.schema().clone(),
        &rule_path,
    )?;
    rules.push((rule_path, rule));
    Ok(())
}
