//! Checks calls against the rules of a plan.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::compile::compile;
use super::finding::{Finding, FindingKind};
use super::instance_path::InstancePath;
use super::node::{Node, NodeId};
use super::validate::{MAX_FINDINGS, Validation};
use crate::model::{Plan, RuleType};

/// Checks events against a plan. The plan is compiled once.
///
/// An event is a call of Segment's tracking API as JSON, with `type`, `event`, `properties`, or
/// `traits`.
///
/// - A Track call must be in the plan. Other calls are checked if the plan has a rule for them.
/// - Page and Screen calls are checked with the rule whose key is their name, or else with the rule
///   without a key. The keys of rules for Identify and Group calls have no meaning.
/// - `COMMON` rules apply to all calls.
/// - If the plan has several versions of an event, `context.protocols.event_version` selects one.
///   Without this member, the event must match any of them.
/// - A property that the plan does not list is reported, unless the schema has
///   `additionalProperties` or lists no property at all.
/// - Missing `properties` count as an empty object.
#[derive(Debug)]
pub struct Checker {
    nodes: Vec<Node>,
    rules: HashMap<RuleType, HashMap<Box<str>, Vec<CompiledRule>>>,
    common: Vec<CompiledRule>,
}

#[derive(Debug, Clone, Copy)]
struct CompiledRule {
    version: u64,
    root: NodeId,
    /// The node of `properties` or `traits`.
    fields: Option<NodeId>,
    member: &'static str,
}

type RawFinding = (FindingKind, String, String);

impl Checker {
    /// Compiles a plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let mut checker = Self {
            nodes: Vec::new(),
            rules: HashMap::new(),
            common: Vec::new(),
        };
        for rule in plan.rules() {
            let root = compile(rule.schema(), &mut checker.nodes);
            let member = rule.rule_type().member();
            let fields = checker
                .nodes
                .get(root)
                .and_then(|node| node.properties.get(member).copied());
            let compiled = CompiledRule {
                version: rule.version(),
                root,
                fields,
                member,
            };
            if rule.rule_type() == RuleType::Common {
                // The rule lists only the fields that all calls have, so others are not unplanned.
                let fields = None;
                checker.common.push(CompiledRule { fields, ..compiled });
                continue;
            }
            let rules = checker.rules.entry(rule.rule_type()).or_default();
            // Calls with traits have no name, so the rule applies to all of them.
            let key = match rule.rule_type() {
                RuleType::Identify | RuleType::Group => "",
                _ => rule.key(),
            };
            rules.entry(key.into()).or_default().push(compiled);
        }
        checker
    }

    /// Checks a call. Returns at most 100 findings.
    #[must_use]
    pub fn check(&self, call: &Value) -> Vec<Finding> {
        let Some(members) = call.as_object() else {
            return vec![not_a_call("the line is not a JSON object")];
        };
        let Some(kind) = members.get("type").and_then(Value::as_str) else {
            return vec![not_a_call("the call has no `type`")];
        };
        let name = |member| members.get(member).and_then(Value::as_str);
        let (rule_type, key) = match kind {
            "track" => match name("event") {
                Some(event) => (RuleType::Track, event),
                None => return vec![not_a_call("the `track` call has no `event`")],
            },
            "identify" => (RuleType::Identify, ""),
            "group" => (RuleType::Group, ""),
            "page" => (RuleType::Page, name("name").unwrap_or("")),
            "screen" => (RuleType::Screen, name("name").unwrap_or("")),
            // `alias` calls have no fields, and other types belong to other APIs.
            _ => return Vec::new(),
        };
        let title = if key.is_empty() { kind } else { key };
        let rules = self.rules.get(&rule_type);
        let versions = rules.and_then(|rules| rules.get(key).or_else(|| rules.get("")));
        let mut findings = match versions {
            Some(versions) => self.check_versions(versions, call, members),
            None if rule_type == RuleType::Track => {
                vec![(
                    FindingKind::UnplannedEvent,
                    String::new(),
                    self.unplanned(key),
                )]
            }
            None => Vec::new(),
        };
        for rule in &self.common {
            for finding in self.check_rule(*rule, call, members) {
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
        }
        findings.truncate(MAX_FINDINGS);
        let findings = findings.into_iter();
        findings
            .map(|(kind, path, message)| Finding {
                kind,
                event: title.to_owned(),
                path,
                message,
            })
            .collect()
    }

    fn check_versions(
        &self,
        versions: &[CompiledRule],
        call: &Value,
        members: &Map<String, Value>,
    ) -> Vec<RawFinding> {
        let wanted = call
            .pointer("/context/protocols/event_version")
            .and_then(Value::as_u64);
        if let Some(wanted) = wanted
            && versions.len() > 1
        {
            return match versions.iter().find(|rule| rule.version == wanted) {
                Some(rule) => self.check_rule(*rule, call, members),
                None => vec![(
                    FindingKind::UnplannedEvent,
                    "context.protocols.event_version".to_owned(),
                    format!("is {wanted}, but the plan has no such version"),
                )],
            };
        }
        let mut newest = Vec::new();
        for rule in versions.iter().rev() {
            let findings = self.check_rule(*rule, call, members);
            if findings.is_empty() {
                return findings;
            }
            if newest.is_empty() {
                newest = findings;
            }
        }
        newest
    }

    fn check_rule(
        &self,
        rule: CompiledRule,
        call: &Value,
        members: &Map<String, Value>,
    ) -> Vec<RawFinding> {
        let mut validation = Validation::new(&self.nodes);
        validation.value(rule.root, call, &InstancePath::Root);
        // Again, and now values that are not in the plan are reported. Equal findings are dropped.
        if let Some(id) = rule.fields
            && let Some(node) = self.nodes.get(id)
        {
            let path = InstancePath::Member(&InstancePath::Root, rule.member);
            validation.report_unplanned(true);
            match members.get(rule.member) {
                Some(value) => validation.value(id, value, &path),
                None => validation.object(node, &Map::new(), &path),
            }
        }
        let mut findings = validation.into_findings();
        // If `properties` are missing, each required property is reported instead.
        let is_missing = |path: &str| path == rule.member && !members.contains_key(rule.member);
        if findings.len() > 1 {
            findings.retain(|(_, path, _)| !is_missing(path));
        }
        findings
    }

    fn unplanned(&self, event: &str) -> String {
        let names = self.rules.get(&RuleType::Track);
        let similar = names
            .into_iter()
            .flat_map(HashMap::keys)
            .find(|name| simplified(name) == simplified(event));
        match similar {
            Some(name) => format!("is not in the plan; the plan has `{name}`"),
            None => "is not in the plan".to_owned(),
        }
    }
}

fn not_a_call(message: &str) -> Finding {
    Finding {
        kind: FindingKind::NotACall,
        event: String::new(),
        path: String::new(),
        message: message.to_owned(),
    }
}

/// Returns a name without case, whitespace, and punctuation.
fn simplified(name: &str) -> String {
    let name = name.chars().filter(|c| c.is_alphanumeric());
    name.flat_map(char::to_lowercase).collect()
}
