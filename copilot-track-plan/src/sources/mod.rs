//! The events that were found in sources, and the plan that follows from them.

mod merge;
mod plan;

#[cfg(test)]
mod tests;

use std::fmt;

pub(crate) use merge::{allow_null, merge_rules, merge_schemas};
use serde_json::Value;

use crate::model::Location;

/// The events that were found in the sources of a program.
///
/// `scan` creates this value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sources {
    pub(crate) uses: Vec<EventUse>,
    pub(crate) problems: Vec<SourceProblem>,
}

/// A place in the sources that sends an event, or a struct that derives `TrackEvent`.
#[derive(Debug, Clone, PartialEq)]
pub struct EventUse {
    pub(crate) kind: UseKind,
    pub(crate) event: Option<String>,
    pub(crate) item: String,
    pub(crate) description: Option<String>,
    pub(crate) properties: Vec<UsedProperty>,
    /// Whether the event can have properties that are not known, because a field is flattened.
    pub(crate) is_open: bool,
    pub(crate) location: Location,
}

/// What sends an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UseKind {
    /// A struct that derives `TrackEvent`.
    Derive,
    /// An attribute such as `#[tracked_tool]`.
    Attribute,
    /// A `CustomEvent`.
    CustomEvent,
    /// A call that sends one of the spec's events.
    SpecEvent,
}

/// A property that is set in the sources.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UsedProperty {
    pub(crate) name: String,
    /// The JSON Schema. An empty schema means that the sources do not show the type.
    pub(crate) schema: Value,
    pub(crate) is_required: bool,
    pub(crate) location: Location,
}

/// A part of the sources that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceProblem {
    /// The place.
    pub location: Location,
    /// What could not be read.
    pub message: String,
}

impl fmt::Display for SourceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.message)
    }
}

impl EventUse {
    /// Returns what sends the event.
    #[must_use]
    pub fn kind(&self) -> UseKind {
        self.kind
    }

    /// Returns the name of the event, if the sources show it.
    #[must_use]
    pub fn event(&self) -> Option<&str> {
        self.event.as_deref()
    }

    /// Returns the name of the struct or the function.
    #[must_use]
    pub fn item(&self) -> &str {
        &self.item
    }

    /// Returns the place in the sources.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }
}

impl Sources {
    /// Returns the places that send events, in the order of the sources.
    #[must_use]
    pub fn uses(&self) -> &[EventUse] {
        &self.uses
    }

    /// Returns the parts of the sources that could not be read. They are not errors: the compiler
    /// decides what is valid.
    #[must_use]
    pub fn problems(&self) -> &[SourceProblem] {
        &self.problems
    }

    /// Adds the events of other sources.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.uses.extend(other.uses);
        self.problems.extend(other.problems);
        self
    }

    /// Returns the place of an event, or of one of its properties.
    #[must_use]
    pub fn locate(&self, event: &str, property: Option<&str>) -> Option<&Location> {
        let mut uses = self.uses.iter().filter(|used| used.event() == Some(event));
        match property {
            None => uses.next().map(EventUse::location),
            Some(name) => uses
                .flat_map(|used| &used.properties)
                .find(|property| property.name == name)
                .map(|property| &property.location),
        }
    }
}
