//! The path of a value inside an event.

use crate::model::member_path;

/// A path on the stack. Text is created only for findings.
#[derive(Clone, Copy)]
pub(super) enum InstancePath<'a> {
    Root,
    Member(&'a InstancePath<'a>, &'a str),
    Item(&'a InstancePath<'a>),
}

impl InstancePath<'_> {
    /// Returns the path, such as `properties.items[].price`. Items have no number, so that the same
    /// mistake in several items is one finding.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Member(parent, name) => member_path(&parent.text(), name),
            Self::Item(parent) => parent.text() + "[]",
        }
    }

    /// Returns the path of a member.
    pub(super) fn member_text(&self, name: &str) -> String {
        member_path(&self.text(), name)
    }
}
