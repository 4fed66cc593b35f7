//! JSON as text.

pub(crate) mod texts;
pub(crate) mod write;
