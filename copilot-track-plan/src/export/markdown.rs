//! Writes plans as Markdown for people.

use std::fmt::Write as _;

use serde_json::Value;

use crate::model::{Plan, Rule, RuleType, Schema, Types};

/// The deepest level of nested properties in a table.
const MAX_DEPTH: usize = 16;

impl Plan {
    /// Returns the plan as Markdown: a table of properties for each rule.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = format!("# {}\n", line(self.name().unwrap_or("Tracking plan")));
        for rule in self.rules() {
            write_rule(&mut text, self, rule);
        }
        text
    }
}

fn write_rule(text: &mut String, plan: &Plan, rule: &Rule) {
    let title = match rule.rule_type() {
        RuleType::Track => line(rule.key()),
        RuleType::Common => "All calls".to_owned(),
        other => {
            let name = capitalized(other.as_str());
            if rule.key().is_empty() {
                name
            } else {
                format!("{name}: {}", line(rule.key()))
            }
        }
    };
    let versions = plan
        .rules()
        .iter()
        .filter(|other| (other.rule_type(), other.key()) == (rule.rule_type(), rule.key()))
        .count();
    let version = if versions > 1 {
        format!(" (version {})", rule.version())
    } else {
        String::new()
    };
    // Writing to a string does not fail.
    let _ = write!(text, "\n## {title}{version}\n");
    if let Some(description) = rule.description() {
        let _ = write!(text, "\n{}\n", description.trim());
    }
    let mut rows = Vec::new();
    if let Some(fields) = rule.fields_schema() {
        collect_rows(&mut rows, "", fields, 0);
    }
    if rows.is_empty() {
        let _ = write!(text, "\nNo properties.\n");
        return;
    }
    let name = match rule.rule_type().member() {
        "traits" => "Trait",
        _ => "Property",
    };
    let _ = write!(
        text,
        "\n| {name} | Type | Required | Description |\n| --- | --- | --- | --- |\n"
    );
    for [name, types, required, description] in rows {
        let _ = writeln!(text, "| {name} | {types} | {required} | {description} |");
    }
}

fn collect_rows(rows: &mut Vec<[String; 4]>, prefix: &str, schema: Schema<'_>, depth: usize) {
    if depth == MAX_DEPTH {
        return;
    }
    for (name, schema, is_required) in schema.properties() {
        let name = format!("{prefix}{name}");
        let required = if is_required { "yes" } else { "" };
        rows.push([
            format!("`{}`", cell(&name)),
            cell(&type_words(schema)),
            required.to_owned(),
            cell(&description(schema)),
        ]);
        collect_rows(rows, &format!("{name}."), schema, depth + 1);
        if let Some(items) = schema.items() {
            collect_rows(rows, &format!("{name}[]."), items, depth + 1);
        }
    }
}

fn type_words(schema: Schema<'_>) -> String {
    let types = schema.types();
    if types == Types::ANY {
        return "any".to_owned();
    }
    let mut words = match (types.without(Types::NULL), schema.items()) {
        (Types::ARRAY, Some(items)) => format!("list of {}", items.types()),
        (Types::ARRAY, None) => "list".to_owned(),
        (other, _) => other.to_string(),
    };
    if let Some(format) = schema.format() {
        let _ = write!(words, " ({format})");
    }
    if types != Types::NULL && types.contains(Types::NULL) {
        words.push_str(" or null");
    }
    words
}

fn description(schema: Schema<'_>) -> String {
    let mut text = schema.description().unwrap_or_default().trim().to_owned();
    let lists = [
        ("One of", schema.values()),
        (
            "Examples",
            schema
                .keyword("examples")
                .and_then(|v| v.as_array().map(Vec::as_slice)),
        ),
    ];
    for (label, values) in lists {
        let Some(values) = values.filter(|values| !values.is_empty()) else {
            continue;
        };
        if !text.is_empty() {
            text.push_str(if text.ends_with(['.', '!', '?']) {
                " "
            } else {
                ". "
            });
        }
        let values: Vec<_> = values.iter().map(code).collect();
        let _ = write!(text, "{label}: {}.", values.join(", "));
    }
    text
}

fn code(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

/// Replaces what ends a table cell.
fn cell(text: &str) -> String {
    line(text).replace('|', "\\|")
}

fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn capitalized(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next();
    first
        .into_iter()
        .chain(chars.flat_map(char::to_lowercase))
        .collect()
}
