//! Parses the tokens between the parentheses of an attribute into typed arguments.

pub(crate) mod args;
pub(crate) mod foreign_keys;
pub(crate) mod media;
mod nested;
pub(crate) mod properties;
pub(crate) mod record;
pub(crate) mod result;
