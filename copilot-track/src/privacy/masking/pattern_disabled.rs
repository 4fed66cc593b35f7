//! In place of patterns where their feature is off: there never is one.

use std::borrow::Cow;

/// Never made.
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
