//! What a derived event says of itself, for a tracking plan.

/// Names and doc comments of an event and its properties, in the order of the fields.
pub trait Described {
    /// The event's name.
    const NAME: &'static str;
    /// The struct's doc comment.
    const DOC: &'static str;
    /// Name and doc comment of each property; flattened fields are not among them.
    const PROPERTIES: &'static [(&'static str, &'static str)];
}
