//! What a type has asked for.

use serde_json::{Value, json};

/// What a type has asked for.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// The options, lists, and maps around the value, from the outside in.
    pub(super) wrappers: Vec<Wrapper>,
    /// The schema of a single value.
    pub(super) schema: Option<Value>,
    /// The variants of an enum.
    pub(super) variants: Option<&'static [&'static str]>,
    /// A struct.
    pub(super) structure: Option<Struct>,
    /// Whether a variant of an enum was created.
    pub(super) is_created: bool,
    /// The number of types inside each other.
    pub(super) depth: usize,
    /// The number of elements of lists.
    pub(super) elements: usize,
}

/// A type whose values contain other values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapper {
    Option,
    List,
    Map,
}

/// The name and the fields of a struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Struct {
    pub(super) name: &'static str,
    pub(super) fields: &'static [&'static str],
}

impl Struct {
    /// Returns the form in which a duration or a time of the system is sent, if this is one.
    pub(super) fn sent_form(self) -> Option<Value> {
        match self.fields {
            ["secs", "nanos"] => Some(json!({ "type": "number" })),
            ["secs_since_epoch", "nanos_since_epoch"] => {
                Some(json!({ "type": "string", "format": "date-time" }))
            }
            _ => None,
        }
    }
}
