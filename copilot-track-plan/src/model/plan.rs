//! A plan.

use super::{Rule, RuleType};

/// A tracking plan: rules for events, users, groups, pages, screens, and all calls.
///
/// A plan keeps the JSON Schemas of its rules as they were read, so that exporting a plan does not
/// change its meaning. The rules are sorted by type, key, and version.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    name: Option<String>,
    rules: Vec<Rule>,
}

impl Plan {
    /// Creates a plan without rules.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a plan with the given rules. A later rule replaces an earlier one with the same
    /// type, key, and version.
    pub fn with_rules(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut plan = Self::new();
        plan.rules.extend(rules);
        // The sort is stable, so the last of equal rules is the newest.
        plan.rules.sort_by(|a, b| order(a).cmp(&order(b)));
        plan.rules.reverse();
        plan.rules.dedup_by(|a, b| order(a) == order(b));
        plan.rules.reverse();
        plan
    }

    /// Returns the name of the plan.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Sets the name of the plan.
    pub fn set_name(&mut self, name: impl Into<String>) {
        self.name = Some(name.into());
    }

    /// Returns all rules, sorted by type, key, and version.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns the newest version of a rule.
    #[must_use]
    pub fn rule(&self, rule_type: RuleType, key: &str) -> Option<&Rule> {
        let end = self
            .rules
            .partition_point(|rule| (rule.rule_type(), rule.key()) <= (rule_type, key));
        let rule = self.rules.get(end.checked_sub(1)?)?;
        ((rule.rule_type(), rule.key()) == (rule_type, key)).then_some(rule)
    }

    /// Returns the newest version of the event with the given name.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<&Rule> {
        self.rule(RuleType::Track, name)
    }

    /// Adds a rule. Replaces a rule with the same type, key, and version.
    pub fn insert(&mut self, rule: Rule) {
        match self
            .rules
            .binary_search_by(|other| order(other).cmp(&order(&rule)))
        {
            Ok(index) => {
                if let Some(other) = self.rules.get_mut(index) {
                    *other = rule;
                }
            }
            Err(index) => self.rules.insert(index, rule),
        }
    }

    /// Returns the newest version of an event, and adds the event if it is missing.
    pub(crate) fn event_mut(
        &mut self,
        name: &str,
        new: impl FnOnce() -> Rule,
    ) -> Option<&mut Rule> {
        if self.event(name).is_none() {
            self.insert(new());
        }
        let is_event = |rule: &&mut Rule| rule.rule_type() == RuleType::Track && rule.key() == name;
        self.rules.iter_mut().rfind(is_event)
    }

    pub(crate) fn rules_mut(&mut self) -> impl Iterator<Item = &mut Rule> {
        self.rules.iter_mut()
    }
}

/// The order of the rules in a plan.
fn order(rule: &Rule) -> (RuleType, &str, u64) {
    (rule.rule_type(), rule.key(), rule.version())
}
