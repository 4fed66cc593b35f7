//! A validated event.

use syn::{ExprPath, Generics, Ident, Member, Path, Type};

/// A struct that is a valid event.
pub(crate) struct Event<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) crate_path: Option<&'a Path>,
    pub(crate) name: EventName<'a>,
    pub(crate) doc: &'a str,
    /// Whether references to fields are not allowed, because the struct is packed.
    pub(crate) is_packed: bool,
    pub(crate) properties: Vec<Property<'a>>,
}

/// The name of an event.
pub(crate) enum EventName<'a> {
    Literal(String),
    /// The path of a constant.
    Constant(&'a ExprPath),
}

/// A field that is sent as one or more properties.
pub(crate) struct Property<'a> {
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
    pub(crate) kind: PropertyKind,
    /// The function that serializes the field, instead of its implementation of `Serialize`.
    pub(crate) serialize_with: Option<ExprPath>,
    /// The function that decides whether the field is left out.
    pub(crate) skip_if: Option<ExprPath>,
    pub(crate) doc: String,
}

/// How a field is sent.
pub(crate) enum PropertyKind {
    /// As a property with this name.
    Plain(String),
    /// As a property with this name that contains conversation text.
    Content(String),
    /// As one property for each field or entry of its value.
    Flatten,
}

impl Property<'_> {
    /// Returns the property's name. A flattened field has none.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.kind {
            PropertyKind::Plain(name) | PropertyKind::Content(name) => Some(name),
            PropertyKind::Flatten => None,
        }
    }
}
