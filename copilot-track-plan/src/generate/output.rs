//! The options and the result.

use std::fmt;

/// Options of [`generate`](crate::generate()).
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct GenerateOptions {
    /// Whether nested structs and enums derive `schemars::JsonSchema` instead of
    /// `serde::Deserialize`. `copilot_track::plan!` learns their fields from either of them.
    pub schemars: bool,
}

/// Rust that was generated from a plan.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GeneratedRust {
    /// The text of a Rust file. It needs the crates `copilot-track` and, for nested types, `serde`
    /// with its `derive` feature and `serde_json`.
    pub code: String,
    /// What the structs do not express.
    pub notes: Vec<Note>,
}

/// A part of a plan that the generated Rust does not express.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The name of the event, or the type of the rule.
    pub rule: String,
    /// The path of the property. Empty if the note concerns the whole rule.
    pub path: String,
    /// What is not expressed, and what happens instead.
    pub message: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            path,
            message,
        } = self;
        if path.is_empty() {
            write!(f, "`{rule}`: {message}")
        } else {
            write!(f, "`{rule}`: `{path}`: {message}")
        }
    }
}
