//! Compares the fields of two rules.

use serde_json::{Map, Value};

use super::change::{Change, ChangeKind, Effect};
use super::columns::{Column, column_name};
use super::renames::pairs;
use crate::model::{Rule, Schema, Types};

/// The deepest level of nested properties that is compared.
const MAX_DEPTH: usize = 64;

/// Keywords that are compared by [`Comparison`] itself, and keywords without a meaning.
const COMPARED: &[&str] = &[
    "$id",
    "$ref",
    "const",
    "description",
    "enum",
    "examples",
    "format",
    "id",
    "items",
    "properties",
    "required",
    "title",
    "type",
];

pub(super) fn compare_fields(old: &Rule, new: &Rule) -> Vec<Change> {
    let mut comparison = Comparison {
        rule: new,
        noun: match new.rule_type().member() {
            "traits" => "trait",
            _ => "property",
        },
        changes: Vec::new(),
    };
    match (old.fields_schema(), new.fields_schema()) {
        (Some(old), Some(new)) => {
            comparison.members(&members(old), &members(new), "", 0);
            comparison.other_keywords("", old, new);
        }
        (None, Some(new)) => comparison.members(&[], &members(new), "", 0),
        (Some(old), None) => comparison.members(&members(old), &[], "", 0),
        (None, None) => {}
    }
    comparison.changes
}

/// A field: its name, its schema, and whether it is required.
type Member<'a> = (&'a str, Schema<'a>, bool);

fn members(schema: Schema<'_>) -> Vec<Member<'_>> {
    let mut members: Vec<_> = schema.properties().collect();
    members.sort_by_key(|(name, ..)| *name);
    members
}

struct Comparison<'a> {
    rule: &'a Rule,
    noun: &'static str,
    changes: Vec<Change>,
}

impl Comparison<'_> {
    fn push(
        &mut self,
        field: &str,
        kind: ChangeKind,
        effect: Effect,
        message: impl Into<String>,
        reason: impl Into<String>,
    ) {
        let mut change = Change::of_rule(self.rule, kind, effect, message, reason);
        change.field = (!field.is_empty()).then(|| field.to_owned());
        self.changes.push(change);
    }

    /// Compares the properties of two objects. `prefix` is the path of the objects, with a dot.
    fn members(&mut self, old: &[Member<'_>], new: &[Member<'_>], prefix: &str, depth: usize) {
        if depth == MAX_DEPTH {
            return;
        }
        let find = |all: &[Member<'_>], name: &str| {
            all.binary_search_by_key(&name, |(name, ..)| *name).ok()
        };
        let not_in = |all: &[Member<'_>], others: &[Member<'_>]| -> Vec<usize> {
            let indexes = all.iter().enumerate();
            indexes
                .filter(|(_, (name, ..))| find(others, name).is_none())
                .map(|(index, _)| index)
                .collect()
        };
        let (mut removed, mut added) = (not_in(old, new), not_in(new, old));
        for (before, after) in pairs(
            &mut removed,
            &mut added,
            |a, b| matches!((old.get(a), new.get(b)), (Some(a), Some(b)) if is_rename(a, b)),
        ) {
            if let (Some(before), Some(after)) = (old.get(before), new.get(after)) {
                self.renamed(before, after, prefix);
                self.member(before, after, prefix, depth);
            }
        }
        for member in removed.iter().filter_map(|index| old.get(*index)) {
            self.removed(member, prefix);
        }
        for member in added.iter().filter_map(|index| new.get(*index)) {
            self.added(member, prefix);
        }
        for before in old {
            if let Some(after) = find(new, before.0).and_then(|index| new.get(index)) {
                self.member(before, after, prefix, depth);
            }
        }
    }

    fn renamed(&mut self, (old, ..): &Member<'_>, (new, ..): &Member<'_>, prefix: &str) {
        let (from, to) = (column_name(old), column_name(new));
        let (effect, reason) = if from == to {
            let reason = format!("both names belong to the column `{to}`");
            (Effect::Compatible, reason)
        } else {
            let reason = format!("new values go to the column `{to}` instead of `{from}`");
            (Effect::Breaking, reason)
        };
        let noun = self.noun;
        let message = format!("{noun} `{prefix}{old}` was renamed to `{prefix}{new}`");
        self.push(
            &format!("{prefix}{new}"),
            ChangeKind::Renamed,
            effect,
            message,
            reason,
        );
    }

    fn removed(&mut self, (name, ..): &Member<'_>, prefix: &str) {
        let noun = self.noun;
        self.push(
            &format!("{prefix}{name}"),
            ChangeKind::Removed,
            Effect::Breaking,
            format!("{noun} `{prefix}{name}` was removed"),
            format!("the column `{}` gets no more values", column_name(name)),
        );
    }

    fn added(&mut self, (name, schema, is_required): &Member<'_>, prefix: &str) {
        let (effect, adjective, reason) = if *is_required {
            let reason = "events of programs that do not send it yet become violations";
            (Effect::Breaking, "required", reason)
        } else {
            (Effect::Compatible, "optional", "")
        };
        let (noun, types) = (self.noun, schema.types());
        self.push(
            &format!("{prefix}{name}"),
            ChangeKind::Added,
            effect,
            format!("{adjective} {noun} `{prefix}{name}` ({types}) was added"),
            reason,
        );
    }

    fn member(
        &mut self,
        (_, old, was_required): &Member<'_>,
        (name, new, is_required): &Member<'_>,
        prefix: &str,
        depth: usize,
    ) {
        let path = format!("{prefix}{name}");
        let noun = self.noun;
        match (was_required, is_required) {
            (false, true) => self.push(
                &path,
                ChangeKind::NowRequired,
                Effect::Breaking,
                format!("{noun} `{path}` is now required"),
                "events of programs that leave it out become violations",
            ),
            (true, false) => self.push(
                &path,
                ChangeKind::NowOptional,
                Effect::Compatible,
                format!("{noun} `{path}` is now optional"),
                "the column can be empty",
            ),
            _ => {}
        }
        self.types(&path, *old, *new);
        self.values(&path, *old, *new);
        self.other_keywords(&path, *old, *new);
        if old.description() != new.description()
            || old.keyword("examples") != new.keyword("examples")
        {
            let part = if old.description() == new.description() {
                "examples"
            } else {
                "description"
            };
            self.push(
                &path,
                ChangeKind::DescriptionChanged,
                Effect::Documentation,
                format!("the {part} of {noun} `{path}` changed"),
                "",
            );
        }
        self.members(
            &members(*old),
            &members(*new),
            &format!("{path}."),
            depth + 1,
        );
        self.items(&path, *old, *new, depth);
    }

    fn types(&mut self, path: &str, old: Schema<'_>, new: Schema<'_>) {
        let (noun, before, after) = (self.noun, words(old), words(new));
        if before == after {
            return;
        }
        let (from, to) = (Column::of(old), Column::of(new));
        let widens_column = from == Column::Float && to == Column::Integer;
        let (effect, reason) = if from == to || from == Column::FromFirstValue || widens_column {
            (Effect::Compatible, "the column keeps its type".to_owned())
        } else {
            let reason = format!("the warehouse has {}, not {}", from.as_str(), to.as_str());
            (Effect::Breaking, reason)
        };
        self.push(
            path,
            ChangeKind::TypeChanged,
            effect,
            format!("{noun} `{path}` changed from {before} to {after}"),
            reason,
        );
    }

    fn values(&mut self, path: &str, old: Schema<'_>, new: Schema<'_>) {
        let noun = self.noun;
        let (effect, message, reason) = match (old.values(), new.values()) {
            (None, None) => return,
            (None, Some(new)) => (
                Effect::Breaking,
                format!("{noun} `{path}` is now limited to {}", list(new)),
                "events with other values become violations",
            ),
            (Some(_), None) => (
                Effect::Compatible,
                format!("{noun} `{path}` now allows every value"),
                "",
            ),
            (Some(old), Some(new)) => {
                let missing = |from: &[Value], to: &[Value]| -> Vec<Value> {
                    let values = from.iter().filter(|value| !to.contains(value));
                    values.cloned().collect()
                };
                let (removed, added) = (missing(old, new), missing(new, old));
                match (removed.is_empty(), added.is_empty()) {
                    (true, true) => return,
                    (true, false) => (
                        Effect::Compatible,
                        format!("{noun} `{path}` now also allows {}", list(&added)),
                        "",
                    ),
                    (false, _) => (
                        Effect::Breaking,
                        format!("{noun} `{path}` no longer allows {}", list(&removed)),
                        "events with these values become violations",
                    ),
                }
            }
        };
        self.push(path, ChangeKind::ValuesChanged, effect, message, reason);
    }

    /// Compares the items of two lists. A list is stored as text, so no column depends on its
    /// items.
    fn items(&mut self, path: &str, old: Schema<'_>, new: Schema<'_>, depth: usize) {
        let path = format!("{path}[]");
        match (old.items(), new.items()) {
            (Some(old), Some(new)) if depth < MAX_DEPTH => {
                let start = self.changes.len();
                let member = |schema| ("", schema, true);
                let (old, new) = (member(old), member(new));
                self.item(&path, &old, &new, depth + 1);
                for change in self.changes.iter_mut().skip(start) {
                    if change.kind == ChangeKind::TypeChanged {
                        change.effect = Effect::Compatible;
                        "a list is stored as text".clone_into(&mut change.reason);
                    }
                }
            }
            _ if old.keyword("items") == new.keyword("items") => {}
            _ => {
                let noun = self.noun;
                self.push(
                    &path,
                    ChangeKind::SchemaChanged,
                    Effect::Compatible,
                    format!("the items of {noun} `{path}` changed"),
                    "a list is stored as text",
                );
            }
        }
    }

    fn item(&mut self, path: &str, old: &Member<'_>, new: &Member<'_>, depth: usize) {
        self.member(old, new, path, depth);
    }

    fn other_keywords(&mut self, path: &str, old: Schema<'_>, new: Schema<'_>) {
        let (old, new) = (rest(old), rest(new));
        if old == new {
            return;
        }
        let names = old.keys().chain(new.keys());
        let mut names: Vec<_> = names
            .filter(|name| old.get(*name) != new.get(*name))
            .collect();
        names.sort();
        names.dedup();
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        let of = if path.is_empty() {
            String::new()
        } else {
            format!(" of {} `{path}`", self.noun)
        };
        self.push(
            path,
            ChangeKind::SchemaChanged,
            Effect::Compatible,
            format!("{}{of} changed", names.join(" and ")),
            "",
        );
    }
}

/// Returns whether a field has another name and otherwise the same schema, or another name for the
/// same column.
fn is_rename((old, before, _): &Member<'_>, (new, after, _): &Member<'_>) -> bool {
    let has_text = before.description().is_some();
    column_name(old) == column_name(new) || (has_text && before.json() == after.json())
}

fn rest(schema: Schema<'_>) -> Map<String, Value> {
    let members = schema.json().as_object().into_iter().flatten();
    members
        .filter(|(name, _)| !COMPARED.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn words(schema: Schema<'_>) -> String {
    let types = schema.types();
    match schema.format() {
        Some(format) if types.contains(Types::STRING) => format!("{types} ({format})"),
        _ => types.to_string(),
    }
}

fn list(values: &[Value]) -> String {
    const MAX: usize = 10;
    let mut words: Vec<_> = values
        .iter()
        .take(MAX)
        .map(|value| format!("`{value}`"))
        .collect();
    if values.len() > MAX {
        words.push(format!("{} more", values.len() - MAX));
    }
    words.join(", ")
}
