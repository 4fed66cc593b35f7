//! What a correct use of an attribute is.

pub(crate) mod arguments;
pub(crate) mod item;
