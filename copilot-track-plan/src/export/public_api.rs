//! Writes plans in the shape of Segment's Public API.

use serde_json::{Map, Value, json};

use super::MAX_RULES_PER_UPDATE;
use super::sorted::pretty;
use crate::model::{Plan, Rule};

impl Rule {
    /// Returns the rule in the shape of Segment's Public API: `key`, `type`, `version`, and
    /// `jsonSchema`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut rule = Map::new();
        if !self.key().is_empty() {
            rule.insert("key".to_owned(), self.key().into());
        }
        rule.insert("type".to_owned(), self.rule_type().as_str().into());
        rule.insert("version".to_owned(), self.version().into());
        rule.insert("jsonSchema".to_owned(), self.schema().clone().into());
        Value::Object(rule)
    }
}

impl Plan {
    /// Returns the plan in the shape of Segment's Public API: a list of rules in `rules`, and the
    /// name of the plan, if it has one.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let rules: Vec<_> = self.rules().iter().map(Rule::to_json).collect();
        let mut plan = Map::new();
        if let Some(name) = self.name() {
            plan.insert("name".to_owned(), name.into());
        }
        plan.insert("rules".to_owned(), Value::Array(rules));
        Value::Object(plan)
    }

    /// Returns the text of a plan file: [`Plan::to_json`] with sorted keys, two spaces of
    /// indentation, and a line break at the end. The same plan always has the same text.
    #[must_use]
    pub fn to_json_text(&self) -> String {
        pretty(&self.to_json())
    }

    /// Returns the bodies of the requests that update a plan at Segment. Each body has at most
    /// [`MAX_RULES_PER_UPDATE`] rules.
    #[must_use]
    pub fn to_updates(&self) -> Vec<String> {
        let updates = self.rules().chunks(MAX_RULES_PER_UPDATE).map(|rules| {
            let rules: Vec<_> = rules.iter().map(Rule::to_json).collect();
            pretty(&json!({ "rules": rules }))
        });
        updates.collect()
    }
}
