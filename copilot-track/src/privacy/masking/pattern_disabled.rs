//! Replaces [`Pattern`] if the feature `patterns` is off. The type has no values.

use std::borrow::Cow;

/// A pattern that cannot exist.
#[derive(Debug, Clone)]
pub(crate) enum Pattern {}

impl Pattern {
    pub(super) fn reserved_placeholder(&self) -> Option<&str> {
        match *self {}
    }

    pub(super) fn mask<'t>(&self, _: Cow<'t, str>, _: &[&str]) -> Cow<'t, str> {
        match *self {}
    }
}
