//! An event, ready to be written.

use syn::{Generics, Ident, Member, Path, Type};

/// An event, ready to be written.
pub(crate) struct Event<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) crate_path: Option<&'a Path>,
    pub(crate) name: String,
    pub(crate) doc: &'a str,
    pub(crate) properties: Vec<Property<'a>>,
}

/// A field that is sent.
pub(crate) struct Property<'a> {
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
    pub(crate) kind: PropertyKind,
    pub(crate) doc: String,
}

/// How a field is sent.
pub(crate) enum PropertyKind {
    /// As the property of this name.
    Plain(String),
    /// As the property of this name, which holds text of the conversation.
    Content(String),
    /// As one property for each of its own fields.
    Flatten,
}

impl Property<'_> {
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.kind {
            PropertyKind::Plain(name) | PropertyKind::Content(name) => Some(name),
            PropertyKind::Flatten => None,
        }
    }
}
