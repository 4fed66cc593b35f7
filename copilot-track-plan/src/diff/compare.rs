//! Compares the rules of two plans.

use std::collections::BTreeMap;

use super::change::{Change, ChangeKind, Effect};
use super::columns::column_name;
use super::fields::compare_fields;
use super::renames::pairs;
use crate::model::{Plan, Rule, RuleType};

/// Compares two plans. Returns the changes from `old` to `new`, sorted by rule.
///
/// Each change has an [`Effect`] by the rules of a warehouse. For example, a property whose column
/// would get another type is breaking, and an added optional property is not.
#[must_use]
pub fn diff(old: &Plan, new: &Plan) -> Vec<Change> {
    let (old_rules, new_rules) = (by_id(old), by_id(new));
    let mut removed: Vec<&Rule> = missing(&old_rules, &new_rules);
    let mut added: Vec<&Rule> = missing(&new_rules, &old_rules);
    let mut changes = Vec::new();
    for (old, new) in pairs(&mut removed, &mut added, is_rename) {
        changes.push(renamed(old, new));
        changes.extend(compare_rules(old, new));
    }
    for (id, old) in &old_rules {
        if let Some(new) = new_rules.get(id) {
            changes.extend(compare_rules(old, new));
        }
    }
    changes.extend(removed.into_iter().map(|rule| removed_rule(rule, new)));
    changes.extend(added.into_iter().map(|rule| added_rule(rule, old)));
    changes.sort_by(|a, b| (a.rule_type, &a.key).cmp(&(b.rule_type, &b.key)));
    changes
}

type Rules<'a> = BTreeMap<(RuleType, &'a str, u64), &'a Rule>;

fn by_id(plan: &Plan) -> Rules<'_> {
    let rules = plan.rules().iter();
    rules
        .map(|rule| ((rule.rule_type(), rule.key(), rule.version()), rule))
        .collect()
}

fn missing<'a>(rules: &Rules<'a>, others: &Rules<'_>) -> Vec<&'a Rule> {
    let rules = rules.iter();
    rules
        .filter(|(id, _)| !others.contains_key(*id))
        .map(|(_, rule)| *rule)
        .collect()
}

/// Returns whether two events have the same table, or the same properties.
fn is_rename(old: &Rule, new: &Rule) -> bool {
    if old.rule_type() != new.rule_type()
        || old.version() != new.version()
        || old.key() == new.key()
    {
        return false;
    }
    let names = |rule: &Rule| -> Vec<String> {
        let fields = rule.fields().map(|field| field.name.to_owned());
        fields
            .filter(|name| name != "conversationId" && name != "messageId")
            .collect()
    };
    let fields = names(old);
    column_name(old.key()) == column_name(new.key()) || (fields.len() >= 2 && fields == names(new))
}

fn renamed(old: &Rule, new: &Rule) -> Change {
    let (from, to) = (column_name(old.key()), column_name(new.key()));
    let (effect, reason) = if from == to {
        let reason = format!("both names belong to the table `{to}`");
        (Effect::Compatible, reason)
    } else {
        let reason = format!("new events go to the table `{to}` instead of `{from}`");
        (Effect::Breaking, reason)
    };
    let message = format!("was renamed; the old name is `{}`", old.key());
    Change::of_rule(new, ChangeKind::Renamed, effect, message, reason)
}

fn removed_rule(rule: &Rule, new: &Plan) -> Change {
    let has_other_version = new.rule(rule.rule_type(), rule.key()).is_some();
    let (message, reason) = match rule.rule_type() {
        RuleType::Track if has_other_version => (
            format!("version {} was removed", rule.version()),
            "events of programs that send this version become violations".to_owned(),
        ),
        RuleType::Track => (
            "the event was removed".to_owned(),
            format!("the table `{}` gets no more rows", column_name(rule.key())),
        ),
        _ => (
            "the rule was removed".to_owned(),
            "these calls are no longer validated".to_owned(),
        ),
    };
    let effect = match rule.rule_type() {
        RuleType::Common => Effect::Compatible,
        _ => Effect::Breaking,
    };
    Change::of_rule(rule, ChangeKind::Removed, effect, message, reason)
}

fn added_rule(rule: &Rule, old: &Plan) -> Change {
    let has_other_version = old.rule(rule.rule_type(), rule.key()).is_some();
    let message = match rule.rule_type() {
        RuleType::Track if has_other_version => format!("version {} was added", rule.version()),
        RuleType::Track => "the event was added".to_owned(),
        _ => "the rule was added".to_owned(),
    };
    Change::of_rule(rule, ChangeKind::Added, Effect::Compatible, message, "")
}

fn compare_rules(old: &Rule, new: &Rule) -> Vec<Change> {
    let mut changes = compare_fields(old, new);
    if old.description() != new.description() {
        changes.push(Change::of_rule(
            new,
            ChangeKind::DescriptionChanged,
            Effect::Documentation,
            "the description changed",
            "",
        ));
    }
    if rest(old) != rest(new) {
        changes.push(Change::of_rule(
            new,
            ChangeKind::SchemaChanged,
            Effect::Compatible,
            "the schema of the call changed outside its properties",
            "",
        ));
    }
    changes
}

/// Returns a schema without the parts that are compared field by field.
fn rest(rule: &Rule) -> serde_json::Map<String, serde_json::Value> {
    let mut schema = rule.schema().clone();
    schema.remove("description");
    schema.remove("definitions");
    schema.remove("required");
    if let Some(serde_json::Value::Object(members)) = schema.get_mut("properties") {
        members.remove(rule.rule_type().member());
        // An empty schema allows every value, as does a missing one.
        members.retain(|_, schema| schema != &serde_json::json!({}));
        if members.is_empty() {
            schema.remove("properties");
        }
    }
    schema
}
