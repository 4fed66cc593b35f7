//! The `rename_all` rule that needs the fewest `rename` attributes.

use crate::case::track_rename;

/// The default rule of `#[derive(TrackEvent)]`.
pub(super) const DEFAULT: &str = "camelCase";

const RULES: &[&str] = &[
    DEFAULT,
    "snake_case",
    "PascalCase",
    "kebab-case",
    "SCREAMING_SNAKE_CASE",
    "Title Case",
];

/// Returns the rule that converts most of the fields to their names in the plan. `fields` has the
/// Rust name and the name in the plan of each field.
pub(super) fn best_rule(fields: &[(String, String)]) -> &'static str {
    let matches = |rule: &str| {
        let matching = fields
            .iter()
            .filter(|(field, name)| applies(rule, field, name));
        matching.count()
    };
    // The first of several equally good rules is used.
    let mut best = (DEFAULT, matches(DEFAULT));
    for rule in RULES {
        let count = matches(rule);
        if count > best.1 {
            best = (rule, count);
        }
    }
    best.0
}

/// Returns whether a rule converts the field to the name in the plan.
pub(super) fn applies(rule: &str, field: &str, name: &str) -> bool {
    track_rename(rule, field).as_deref() == Some(name)
}
