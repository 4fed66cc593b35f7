//! Compares the plan of a program with a file, in a test.

mod report;
mod rust_types;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::{env, fs};

use report::Report;
use rust_types::RustType;

use serde_json::Value;

use crate::diff::diff;
use crate::model::Plan;
use crate::read::read_rule;
use crate::sources::{Sources, merge_rules};
use crate::vocabulary::add_ids;

/// The environment variable that makes [`PlanCheck::assert_matches`] write the file.
const UPDATE: &str = "UPDATE_PLAN";

/// The plan of a program, to be compared with a file in a test. `copilot_track::plan!` creates this
/// value.
///
/// ```no_run
/// # let rules: [String; 0] = [];
/// copilot_track_plan::Plan::from_rules(env!("CARGO_MANIFEST_DIR"), rules)
///     .assert_matches("tracking-plan.json");
/// ```
#[derive(Debug)]
#[must_use = "a plan is compared by `assert_matches`"]
pub struct PlanCheck {
    folder: PathBuf,
    plan: Plan,
    sources: Sources,
    rust_types: Vec<RustType>,
    /// Rules that could not be read.
    problems: Vec<String>,
}

impl Plan {
    /// Collects the rules of a program's events. Each rule is JSON in the shape of Segment's Public
    /// API. The files that are passed to the methods of [`PlanCheck`] are relative to `folder`.
    ///
    /// Two rules of the same event are combined: a property that is not required by both is
    /// optional. `plan!` adds the member `x-copilot-track` to each rule, which names Rust types. It
    /// is not part of the plan.
    pub fn from_rules(
        folder: impl Into<PathBuf>,
        rules: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> PlanCheck {
        let mut check = PlanCheck {
            folder: folder.into(),
            plan: Self::new(),
            sources: Sources::default(),
            rust_types: Vec::new(),
            problems: Vec::new(),
        };
        for (index, rule) in rules.into_iter().enumerate() {
            check.add_rule(index, rule.as_ref());
        }
        check
    }
}

impl PlanCheck {
    fn add_rule(&mut self, index: usize, json: &str) {
        let path = format!("rules[{index}]");
        let rule = serde_json::from_str::<Value>(json)
            .map_err(|error| error.to_string())
            .and_then(|mut value| {
                if let Some(rust_type) = RustType::take(&mut value) {
                    self.problems.extend(rust_type.duplicate(&self.rust_types));
                    self.rust_types.push(rust_type);
                }
                read_rule(value, &path).map_err(|error| error.to_string())
            });
        match rule {
            Ok(mut rule) => {
                add_ids(&mut rule);
                let existing = self.plan.rule(rule.rule_type(), rule.key());
                if let Some(other) = existing.filter(|other| other.version() == rule.version()) {
                    merge_rules(&mut rule, other);
                }
                self.plan.insert(rule);
            }
            Err(error) => self.problems.push(error),
        }
    }

    /// Adds what was found in sources: the properties and the actions of attributes, custom events
    /// with literal names, and the spec's events. A property whose type the compiler does not
    /// describe, such as a struct that only implements `Serialize`, gets the type that the sources
    /// show, if the same crate defines it.
    ///
    /// Afterwards, the comparison fails if the sources contain a struct that derives `TrackEvent`
    /// and is not among the rules.
    pub fn with_sources(mut self, sources: Sources) -> Self {
        self.sources = self.sources.with(sources);
        self
    }

    /// Returns the plan of the program.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let mut plan = self.plan.clone();
        for used in self.sources.derives() {
            let Some(name) = used.event() else { continue };
            if plan.event(name).is_none() {
                continue;
            }
            let new = || crate::model::Rule::track(name);
            if let Some(rule) = plan.event_mut(name, new) {
                rule.set_location(used.location().clone());
            }
        }
        for rust_type in &self.rust_types {
            rust_type.complete(&mut plan, &self.sources);
        }
        self.sources.add_to(&mut plan);
        plan
    }

    /// Compares the plan with a file. If the environment variable `UPDATE_PLAN` is `1`, writes the
    /// file instead.
    ///
    /// # Panics
    /// Panics if the plan and the file differ, if the file cannot be read or written, or if the
    /// sources contain a struct that derives `TrackEvent` and is not among the rules. The message
    /// lists the differences in words.
    #[track_caller]
    #[allow(
        clippy::panic,
        reason = "a failed assertion panics, as those of std do"
    )]
    pub fn assert_matches(&self, file: impl AsRef<Path>) {
        let is_update = env::var_os(UPDATE).is_some_and(|value| value == "1");
        if let Err(message) = self.compare(file.as_ref(), is_update) {
            panic!("{message}");
        }
    }

    /// Compares the plan with a file, or writes the file. The error is a message for people.
    fn compare(&self, file: &Path, is_update: bool) -> Result<(), String> {
        let path = self.folder.join(file);
        let mut report = Report::new(&self.problems, &self.sources);
        let plan = self.plan();
        report.unlisted(&plan);
        report.to_result()?;
        if is_update {
            let text = plan.to_json_text();
            return fs::write(&path, text)
                .map_err(|error| format!("cannot write {}: {error}", path.display()));
        }
        let hint = format!("to write {}, run the test with {UPDATE}=1", file.display());
        if !path.exists() {
            return Err(format!("{} does not exist; {hint}", path.display()));
        }
        let written = Plan::read(&path).map_err(|error| with_sources(&error))?;
        for change in diff(&written, &plan) {
            report.change(&change, &plan);
        }
        report.to_result().map_err(|message| {
            format!("the events of the program differ from the plan; {hint}\n{message}")
        })
    }
}

/// Returns the message of an error, followed by the messages of its sources.
fn with_sources(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_sources(source)),
        None => error.to_string(),
    }
}
