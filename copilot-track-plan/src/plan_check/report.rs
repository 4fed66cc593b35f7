//! The message of a failed comparison.

use crate::diff::Change;
use crate::model::{Location, Plan};
use crate::sources::Sources;

/// The lines of a message.
pub(super) struct Report<'a> {
    sources: &'a Sources,
    lines: Vec<String>,
}

impl<'a> Report<'a> {
    pub(super) fn new(problems: &[String], sources: &'a Sources) -> Self {
        Self {
            sources,
            lines: problems.to_vec(),
        }
    }

    /// Adds the structs that derive `TrackEvent` and are not in the plan.
    pub(super) fn unlisted(&mut self, plan: &Plan) {
        for used in self.sources.derives() {
            let Some(name) = used.event() else { continue };
            if plan.event(name).is_none() {
                let (item, location) = (used.item(), used.location());
                self.lines.push(format!(
                    "`{name}`: `{item}` derives `TrackEvent`, but is not in `plan![…]`; add it there ({location})"
                ));
            }
        }
    }

    /// Adds a difference, with its place in the sources.
    pub(super) fn change(&mut self, change: &Change, plan: &Plan) {
        let mut line = format!("`{}`: {}", change.title(), change.message);
        if let Some(location) = self.locate(change, plan) {
            line = format!("{line} ({location})");
        }
        self.lines.push(line);
    }

    fn locate<'b>(&'b self, change: &Change, plan: &'b Plan) -> Option<&'b Location> {
        let field = change.field.as_deref();
        // Nested fields are found at the outermost property.
        let outer = field.and_then(|path| path.split(['.', '[']).next());
        let rule = plan.rule(change.rule_type, &change.key);
        self.sources
            .locate(&change.key, outer)
            .or_else(|| rule.and_then(|rule| rule.location()))
    }

    /// Returns the message, if there is anything to report.
    pub(super) fn to_result(&self) -> Result<(), String> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let lines: Vec<_> = self.lines.iter().map(|line| format!("- {line}")).collect();
        Err(lines.join("\n"))
    }
}
