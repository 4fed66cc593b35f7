//! The description of a derived event, for tracking plans.

/// The names and doc comments of an event and its properties, in the order of the fields.
pub trait Described {
    /// The name of the event.
    const NAME: &'static str;
    /// The doc comment of the struct.
    const DOC: &'static str;
    /// The name and doc comment of each property. Flattened fields are not included.
    const PROPERTIES: &'static [(&'static str, &'static str)];
}
