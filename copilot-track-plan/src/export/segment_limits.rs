//! What Segment does not accept, although it is valid JSON Schema.

use std::fmt;

use serde_json::{Map, Value};

use crate::model::{Plan, Step, index_path, member_path, subschemas};

/// The largest number of rules in one update of a plan.
///
/// Source: the limits of *Update Rules in Tracking Plan* in Segment's Public API.
pub const MAX_RULES_PER_UPDATE: usize = 200;

/// A part of a plan that Segment rejects or ignores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentIssue {
    rule: String,
    path: String,
    message: String,
}

impl fmt::Display for SegmentIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            path,
            message,
        } = self;
        write!(f, "`{rule}`: {path}: {message}")
    }
}

impl Plan {
    /// Returns the parts of the plan that Segment does not accept: patterns with a look-ahead or a
    /// look-behind.
    #[must_use]
    pub fn segment_issues(&self) -> Vec<SegmentIssue> {
        let mut issues = Vec::new();
        for rule in self.rules() {
            find(rule.schema(), "jsonSchema", &mut |path, pattern| {
                if ["(?!", "(?=", "(?<!", "(?<="]
                    .iter()
                    .any(|group| pattern.contains(group))
                {
                    issues.push(SegmentIssue {
                        rule: rule.title().to_owned(),
                        path,
                        message: format!(
                            "Segment does not support look-around in a pattern; use `not` instead of `{pattern}`"
                        ),
                    });
                }
            });
        }
        issues
    }
}

/// Calls `visit` for each pattern, with its path.
fn find(schema: &Map<String, Value>, path: &str, visit: &mut dyn FnMut(String, &str)) {
    if let Some(Value::String(pattern)) = schema.get("pattern") {
        visit(member_path(path, "pattern"), pattern);
    }
    subschemas(schema, |keyword, step, value| {
        let keyword_path = member_path(path, keyword);
        let path = match step {
            Some(Step::Member(name)) => {
                if keyword == "patternProperties" {
                    visit(keyword_path.clone(), name);
                }
                member_path(&keyword_path, name)
            }
            Some(Step::Item(index)) => index_path(&keyword_path, index),
            None => keyword_path,
        };
        if let Value::Object(schema) = value {
            find(schema, &path, visit);
        }
    });
}
