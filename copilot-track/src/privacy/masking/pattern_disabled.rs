//! Replaces [`Pattern`] when the `patterns` feature is disabled.

use std::borrow::Cow;

/// A type without values, because there are no patterns without the `patterns` feature.
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
