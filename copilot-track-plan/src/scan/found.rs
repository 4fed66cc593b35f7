//! Events that are sent, before their types are resolved.

use serde_json::{Value, json};
use syn::Path;

use super::shown::Shown;
use super::type_table::TypeTable;
use crate::model::Location;
use crate::sources::{EventUse, UseKind};

/// An event that is sent, and the properties that are set.
pub(super) struct FoundUse {
    pub(super) kind: UseKind,
    pub(super) event: Option<String>,
    /// The constant that names the event.
    pub(super) constant: Option<Box<Path>>,
    pub(super) item: String,
    pub(super) location: Location,
    properties: Vec<(String, Shape, Location)>,
}

/// What is known about a property.
#[derive(Clone)]
pub(super) enum Shape {
    Shown(Shown),
    /// One of the properties that the library defines.
    OptIn,
}

impl FoundUse {
    pub(super) fn new(kind: UseKind, item: &str, location: Location) -> Self {
        Self {
            kind,
            event: None,
            constant: None,
            item: item.to_owned(),
            location,
            properties: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, name: &str, shape: Shape, location: Location) {
        self.properties.push((name.to_owned(), shape, location));
    }

    pub(super) fn has_properties(&self) -> bool {
        !self.properties.is_empty()
    }

    pub(super) fn resolve(self, types: &TypeTable) -> EventUse {
        let mut used = EventUse::new(self.kind, &self.item, self.location);
        used.event = self.event;
        for (name, shape, location) in self.properties {
            let schema: Value = match shape {
                Shape::Shown(shown) => types.schema_of(&shown),
                Shape::OptIn => json!({}),
            };
            used.add(&name, schema, location);
        }
        used
    }
}
