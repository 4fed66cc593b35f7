//! The events in the variables of a function.

use std::collections::HashMap;
use std::rc::Rc;

use syn::{Ident, Path};

use super::aliases::Aliases;

/// The event that an expression evaluates to.
#[derive(Clone)]
pub(super) enum EventOf {
    Spec(&'static str),
    Custom(String),
    /// A `CustomEvent` whose name is a constant.
    Constant(Box<Path>),
    /// A `CustomEvent` whose name is not a literal.
    Unnamed,
    /// A variable with a string.
    Text(String),
    /// A struct that derives `TrackEvent`, or an event of another kind.
    Struct(String),
}

/// The events in the variables of a function, and the names of types in its file.
#[derive(Clone, Default)]
pub(super) struct Variables {
    events: HashMap<String, EventOf>,
    aliases: Rc<Aliases>,
}

impl Variables {
    pub(super) fn new(aliases: Rc<Aliases>) -> Self {
        Self {
            events: HashMap::new(),
            aliases,
        }
    }

    /// Returns the variables of another function in the same file.
    pub(super) fn of_function(&self) -> Self {
        Self::new(Rc::clone(&self.aliases))
    }

    pub(super) fn get(&self, name: &str) -> Option<&EventOf> {
        self.events.get(name)
    }

    /// Sets the event in a variable. `None` means that the variable contains another value.
    pub(super) fn set(&mut self, name: String, event: Option<EventOf>) {
        match event {
            Some(event) => self.events.insert(name, event),
            None => self.events.remove(&name),
        };
    }

    /// Returns the original name of a type.
    pub(super) fn type_name(&self, ident: &Ident) -> String {
        self.aliases.resolve(ident)
    }
}
