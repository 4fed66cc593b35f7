//! From the text between an attribute's parentheses to typed arguments.

pub(crate) mod args;
pub(crate) mod media;
mod nested;
pub(crate) mod properties;
pub(crate) mod record;
