//! Validates values against compiled schemas.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::finding::FindingKind;
use super::instance_path::InstancePath;
use super::node::{Additional, Dependency, Items, Node, NodeId, Rare};
use crate::model::{Types, type_name};

/// The largest number of findings of one event.
pub(super) const MAX_FINDINGS: usize = 100;
/// The largest number of schemas that are compared with the values of one event. Schemas that
/// combine others can otherwise take exponential time.
const MAX_STEPS: usize = 1_000_000;
/// The longest part of a value that a message contains, in characters.
const MAX_VALUE_CHARS: usize = 60;

/// The validation of one event.
pub(super) struct Validation<'a> {
    nodes: &'a [Node],
    findings: Vec<(FindingKind, String, String)>,
    steps: usize,
    /// Whether values that the schema does not mention are reported.
    reports_unplanned: bool,
    /// Whether only the validity of the value matters, so that no message is created.
    is_probe: bool,
    is_valid: bool,
}

impl<'a> Validation<'a> {
    pub(super) fn new(nodes: &'a [Node]) -> Self {
        Self {
            nodes,
            findings: Vec::new(),
            steps: 0,
            reports_unplanned: false,
            is_probe: false,
            is_valid: true,
        }
    }

    /// Returns the kind, the path, and the message of each finding.
    pub(super) fn into_findings(self) -> Vec<(FindingKind, String, String)> {
        self.findings
    }

    pub(super) fn report_unplanned(&mut self, is_reported: bool) -> bool {
        std::mem::replace(&mut self.reports_unplanned, is_reported)
    }

    fn report(
        &mut self,
        kind: FindingKind,
        path: &InstancePath<'_>,
        message: impl FnOnce() -> String,
    ) {
        self.add(kind, || path.text(), message);
    }

    fn add(
        &mut self,
        kind: FindingKind,
        path: impl FnOnce() -> String,
        message: impl FnOnce() -> String,
    ) {
        if kind != FindingKind::UnplannedProperty {
            self.is_valid = false;
        }
        if self.is_probe || self.findings.len() >= MAX_FINDINGS {
            return;
        }
        let finding = (kind, path(), message());
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Validates a value, and adds findings.
    pub(super) fn value(&mut self, id: NodeId, value: &Value, path: &InstancePath<'_>) {
        let nodes = self.nodes;
        let Some(node) = nodes.get(id) else { return };
        self.steps += 1;
        if self.steps > MAX_STEPS || (self.is_probe && !self.is_valid) {
            return;
        }
        let actual = Types::of(value);
        if !node.types.allows(actual) {
            self.report(FindingKind::WrongType, path, || {
                format!("is {}, but the plan says {}", type_name(value), node.types)
            });
            return;
        }
        if let Some(values) = &node.values
            && !values.iter().any(|other| is_equal(other, value))
        {
            self.report(FindingKind::WrongValue, path, || {
                format!("is {}, but the plan says {}", short(value), one_of(values))
            });
        }
        match value {
            Value::Object(members) => self.object(node, members, path),
            Value::Array(items) => self.array(node, items, path),
            _ => {}
        }
        if let Some(rare) = &node.rare {
            self.rare(rare, value, path);
        }
    }

    /// Validates the members of an object. Used for the members of an event that are missing, too.
    pub(super) fn object(
        &mut self,
        node: &Node,
        members: &Map<String, Value>,
        path: &InstancePath<'_>,
    ) {
        for name in &node.required {
            if !members.contains_key(&**name) {
                self.add(
                    FindingKind::MissingProperty,
                    || path.member_text(name),
                    || "is required by the plan, but missing".to_owned(),
                );
            }
        }
        for (name, value) in members {
            let path = InstancePath::Member(path, name);
            let mut is_known = false;
            if let Some(id) = node.properties.get(name.as_str()) {
                is_known = true;
                self.value(*id, value, &path);
            }
            if let Some(rare) = &node.rare {
                for (pattern, id) in &rare.pattern_properties {
                    if pattern.is_match(name) {
                        is_known = true;
                        self.value(*id, value, &path);
                    }
                }
            }
            if is_known {
                continue;
            }
            match node.additional {
                Additional::Schema(id) => self.value(id, value, &path),
                Additional::Denied => {
                    self.is_valid = false;
                    self.unplanned(&path);
                }
                Additional::Unspecified if self.reports_unplanned => {
                    if let Some(declared) = &node.declared
                        && !declared.contains(name.as_str())
                    {
                        self.unplanned(&path);
                    }
                }
                Additional::Unspecified | Additional::Allowed => {}
            }
        }
    }

    fn unplanned(&mut self, path: &InstancePath<'_>) {
        self.report(FindingKind::UnplannedProperty, path, || {
            "is not in the plan".to_owned()
        });
    }

    fn array(&mut self, node: &Node, items: &[Value], path: &InstancePath<'_>) {
        let path = InstancePath::Item(path);
        match &node.items {
            Items::Any => {}
            Items::All(id) => {
                for item in items {
                    self.value(*id, item, &path);
                }
            }
            Items::Each(ids, rest) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(id) = ids.get(index).or(rest.as_ref()) {
                        self.value(*id, item, &path);
                    }
                }
            }
        }
    }

    fn rare(&mut self, rare: &Rare, value: &Value, path: &InstancePath<'_>) {
        match value {
            Value::String(text) => self.string(rare, text, path),
            Value::Number(number) => self.number(rare, number, path),
            Value::Array(items) => self.list(rare, items, path),
            Value::Object(members) => self.members(rare, members, value, path),
            Value::Null | Value::Bool(_) => {}
        }
        if rare.is_never {
            self.report(FindingKind::WrongValue, path, || {
                "is not allowed by the plan".to_owned()
            });
        }
        self.combined(rare, value, path);
    }

    fn wrong(&mut self, is_wrong: bool, path: &InstancePath<'_>, message: impl FnOnce() -> String) {
        if is_wrong {
            self.report(FindingKind::WrongValue, path, message);
        }
    }

    fn string(&mut self, rare: &Rare, text: &str, path: &InstancePath<'_>) {
        if rare.min_length.is_some() || rare.max_length.is_some() {
            let length = text.chars().count() as u64;
            self.limits(length, rare.min_length, rare.max_length, "characters", path);
        }
        if let Some((pattern, regex)) = &rare.pattern {
            self.wrong(!regex.is_match(text), path, || {
                format!("does not match the pattern `{pattern}`")
            });
        }
        if let Some(format) = rare.format {
            self.wrong(!format.accepts(text), path, || {
                format!("is not {}", format.as_str())
            });
        }
    }

    fn limits(
        &mut self,
        count: u64,
        min: Option<u64>,
        max: Option<u64>,
        noun: &str,
        path: &InstancePath<'_>,
    ) {
        if let Some(min) = min {
            self.wrong(count < min, path, || {
                format!("has {count} {noun}, but the plan says at least {min}")
            });
        }
        if let Some(max) = max {
            self.wrong(count > max, path, || {
                format!("has {count} {noun}, but the plan says at most {max}")
            });
        }
    }

    fn number(&mut self, rare: &Rare, number: &Number, path: &InstancePath<'_>) {
        let limits: [(&Option<Number>, &[Ordering], &str); 4] = [
            (&rare.minimum, &[Ordering::Less], "at least"),
            (&rare.maximum, &[Ordering::Greater], "at most"),
            (
                &rare.exclusive_minimum,
                &[Ordering::Less, Ordering::Equal],
                "more than",
            ),
            (
                &rare.exclusive_maximum,
                &[Ordering::Greater, Ordering::Equal],
                "less than",
            ),
        ];
        for (limit, violations, words) in limits {
            if let Some(limit) = limit
                && let Some(order) = compare(number, limit)
            {
                self.wrong(violations.contains(&order), path, || {
                    format!("is {number}, but the plan says {words} {limit}")
                });
            }
        }
        if let (Some(step), Some(number)) = (rare.multiple_of, number.as_f64()) {
            let quotient = number / step;
            let distance = (quotient - quotient.round()).abs();
            self.wrong(distance > 1e-9 * quotient.abs().max(1.0), path, || {
                format!("is {number}, but the plan says a multiple of {step}")
            });
        }
    }

    fn list(&mut self, rare: &Rare, items: &[Value], path: &InstancePath<'_>) {
        self.limits(
            items.len() as u64,
            rare.min_items,
            rare.max_items,
            "items",
            path,
        );
        if rare.unique_items {
            let mut texts: Vec<_> = items.iter().map(ToString::to_string).collect();
            texts.sort_unstable();
            let has_duplicate = texts.windows(2).any(|pair| pair.first() == pair.last());
            self.wrong(has_duplicate, path, || {
                "has equal items, but the plan says that items are unique".to_owned()
            });
        }
        if let Some(id) = rare.contains {
            let is_contained = items.iter().any(|item| self.accepts(id, item));
            self.wrong(!is_contained, path, || {
                "has no item that the plan requires".to_owned()
            });
        }
    }

    fn members(
        &mut self,
        rare: &Rare,
        members: &Map<String, Value>,
        value: &Value,
        path: &InstancePath<'_>,
    ) {
        let count = members.len() as u64;
        self.limits(
            count,
            rare.min_properties,
            rare.max_properties,
            "properties",
            path,
        );
        if let Some(id) = rare.property_names {
            for name in members.keys() {
                if !self.accepts(id, &Value::String(name.clone())) {
                    let path = InstancePath::Member(path, name);
                    self.wrong(true, &path, || {
                        "has a name that the plan does not allow".to_owned()
                    });
                }
            }
        }
        for (name, dependency) in &rare.dependencies {
            if !members.contains_key(&**name) {
                continue;
            }
            match dependency {
                Dependency::Schema(id) => self.value(*id, value, path),
                Dependency::Names(names) => {
                    for other in names
                        .iter()
                        .filter(|other| !members.contains_key(&***other))
                    {
                        self.add(
                            FindingKind::MissingProperty,
                            || path.member_text(other),
                            || format!("is required by the plan next to `{name}`, but missing"),
                        );
                    }
                }
            }
        }
    }

    fn combined(&mut self, rare: &Rare, value: &Value, path: &InstancePath<'_>) {
        // The names that the combined schemas declare are known to the schema around them.
        let reported = self.report_unplanned(false);
        for id in &rare.all_of {
            self.value(*id, value, path);
        }
        if !rare.any_of.is_empty() && !rare.any_of.iter().any(|id| self.accepts(*id, value)) {
            match rare.any_of.as_slice() {
                [only] => self.value(*only, value, path),
                _ => self.wrong(true, path, || {
                    "matches none of the plan's variants".to_owned()
                }),
            }
        }
        if !rare.one_of.is_empty() {
            let count = rare
                .one_of
                .iter()
                .filter(|id| self.accepts(**id, value))
                .count();
            self.wrong(count == 0, path, || {
                "matches none of the plan's variants".to_owned()
            });
            self.wrong(count > 1, path, || {
                format!("matches {count} of the plan's variants, but exactly one is allowed")
            });
        }
        if let Some(id) = rare.not {
            let is_excluded = self.accepts(id, value);
            self.wrong(is_excluded, path, || {
                "has a value that the plan excludes".to_owned()
            });
        }
        if let Some((condition, then, otherwise)) = rare.condition {
            let branch = if self.accepts(condition, value) {
                then
            } else {
                otherwise
            };
            if let Some(id) = branch {
                self.value(id, value, path);
            }
        }
        self.report_unplanned(reported);
    }

    /// Returns whether a value is valid. Adds no findings.
    fn accepts(&mut self, id: NodeId, value: &Value) -> bool {
        let saved = (self.is_probe, self.is_valid);
        (self.is_probe, self.is_valid) = (true, true);
        self.value(id, value, &InstancePath::Root);
        let is_valid = self.is_valid;
        (self.is_probe, self.is_valid) = saved;
        is_valid
    }
}

/// Compares two numbers. Integers are compared exactly.
fn compare(a: &Number, b: &Number) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64()) {
        return Some(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (a.as_u64(), b.as_u64()) {
        return Some(a.cmp(&b));
    }
    a.as_f64()?.partial_cmp(&b.as_f64()?)
}

/// Returns whether two values are equal. `1` and `1.0` are equal, as in JSON Schema, also inside
/// lists and objects.
fn is_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare(a, b) == Some(Ordering::Equal),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let is_same = |(name, a)| b.get(name).is_some_and(|b| is_equal(a, b));
            a.len() == b.len() && a.iter().all(is_same)
        }
        _ => a == b,
    }
}

/// Returns the start of a value's JSON.
fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= MAX_VALUE_CHARS {
        return format!("`{text}`");
    }
    let start: String = text.chars().take(MAX_VALUE_CHARS).collect();
    format!("`{start}…`")
}

fn one_of(values: &[Value]) -> String {
    const MAX: usize = 10;
    let mut words: Vec<_> = values.iter().take(MAX).map(short).collect();
    if values.len() > MAX {
        words.push(format!("{} more", values.len() - MAX));
    }
    match words.len() {
        0 => "no value is allowed".to_owned(),
        1 => words.concat(),
        _ => format!("one of {}", words.join(", ")),
    }
}
