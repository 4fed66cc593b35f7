//! Reads plans from JSON.

mod draft;
mod json;
mod older;
mod references;
mod rules;
mod subschema_path;
mod typewriter;
mod validate;
mod value;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value};

pub(crate) use rules::read_rule;
use value::{list, string};

use crate::error::PlanError;
use crate::model::{Plan, Rule, type_name};

/// The size of the largest file that is read.
const MAX_BYTES: u64 = 64 << 20;

impl Plan {
    /// Reads a plan from a file. See [`Plan::parse`].
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, is larger than 64 MiB, or does not contain a
    /// valid plan.
    pub fn read(file: impl AsRef<Path>) -> Result<Self, PlanError> {
        let file = file.as_ref();
        read_text(file)
            .and_then(|json| Self::parse(&json))
            .map_err(|error| error.in_file(file))
    }

    /// Reads a plan from JSON in one of these shapes:
    ///
    /// - the rules of Segment's Public API: a list of objects with `key`, `type`, `version`, and
    ///   `jsonSchema`, alone, in `rules`, or in `data.rules`
    /// - the `plan.json` of Typewriter
    /// - the older shape of the Config API: `rules.events`, `rules.identify`, `rules.group`, and
    ///   `rules.global`, or `events` at the top
    ///
    /// # Errors
    /// Returns an error with the path of the first invalid value. For example, schemas of a draft
    /// after draft-07 are invalid. References to other documents, references that form a cycle, and
    /// objects with the same key twice are invalid, too.
    pub fn parse(json: &str) -> Result<Self, PlanError> {
        Self::from_json(json::parse(json)?)
    }

    /// Reads a plan from a JSON value. See [`Plan::parse`].
    ///
    /// # Errors
    /// Returns an error with the path of the first invalid value.
    pub fn from_json(value: Value) -> Result<Self, PlanError> {
        match value {
            Value::Array(rules) => plan(rules::read_rules(rules, "")?, None),
            Value::Object(members) => read_object(members),
            other => Err(PlanError::new(
                "",
                format!("expected a plan, found {}", type_name(&other)),
            )),
        }
    }
}

fn read_text(file: &Path) -> Result<String, PlanError> {
    let unreadable = |error| PlanError::with_source("cannot read the file", error);
    let mut text = String::new();
    let source = fs::File::open(file).map_err(unreadable)?;
    let size = source
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if size as u64 > MAX_BYTES {
        let message = format!("the file is larger than {} MiB", MAX_BYTES >> 20);
        return Err(PlanError::new("", message));
    }
    Ok(text)
}

fn read_object(mut members: Map<String, Value>) -> Result<Plan, PlanError> {
    // Responses of the Public API are in `data`.
    if let Some(Value::Object(data)) = members.remove("data") {
        let is_page = data.get("pagination").and_then(|page| page.get("next"));
        if is_page.is_some_and(|next| !next.is_null()) {
            let message =
                "this is only one page of the rules; put the rules of all pages in one list";
            return Err(PlanError::new("data.pagination.next", message));
        }
        return match data.get("rules") {
            Some(_) => read_members(data, "data.rules"),
            None => Err(PlanError::new(
                "data",
                "expected `rules`; download the plan from `/tracking-plans/{id}/rules`",
            )),
        };
    }
    read_members(members, "rules")
}

fn read_members(mut members: Map<String, Value>, path: &str) -> Result<Plan, PlanError> {
    match members.remove("rules") {
        Some(Value::Array(items)) => {
            let name = string(&mut members, "", "name")?;
            plan(rules::read_rules(items, path)?, name)
        }
        Some(Value::Object(groups)) => {
            let name = string(&mut members, "", "display_name")?;
            plan(older::read_groups(groups, path)?, name)
        }
        Some(other) => Err(PlanError::new(
            path,
            format!("expected a list of rules, found {}", type_name(&other)),
        )),
        None if members.contains_key("tracking_plans") => {
            let plans = list(&mut members, "", "tracking_plans")?;
            let message = format!("found {} plans; put one of them in the file", plans.len());
            Err(PlanError::new("tracking_plans", message))
        }
        // The first versions of Typewriter have the members of `rules` at the top.
        None if members.contains_key("events") => {
            let name = string(&mut members, "", "name")?;
            plan(older::read_groups(members, "")?, name)
        }
        None if is_terraform(&members) => Err(json::terraform()),
        None => Err(PlanError::new(
            "",
            "expected `rules`: a list of objects with `key`, `type`, `version`, and `jsonSchema`",
        )),
    }
}

/// Returns whether an object is a configuration or a state of Terraform.
fn is_terraform(members: &Map<String, Value>) -> bool {
    ["resource", "terraform", "terraform_version"]
        .iter()
        .any(|name| members.contains_key(*name))
}

/// Creates a plan from rules and the paths at which they were found.
fn plan(rules: Vec<(String, Rule)>, name: Option<String>) -> Result<Plan, PlanError> {
    let mut seen = HashSet::new();
    for (path, rule) in &rules {
        if !seen.insert((rule.rule_type(), rule.key(), rule.version())) {
            let message = format!(
                "the plan already has version {} of {} `{}`; remove one of the rules, or change its version",
                rule.version(),
                rule.rule_type(),
                rule.key()
            );
            return Err(PlanError::new(path, message));
        }
    }
    let mut plan = Plan::with_rules(rules.into_iter().map(|(_, rule)| rule));
    if let Some(name) = name {
        plan.set_name(name);
    }
    Ok(plan)
}
