//! From the text between an attribute's parentheses to typed arguments.

pub(crate) mod krate;
pub(crate) mod list;
