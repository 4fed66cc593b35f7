//! The messages of the `segment` crate. Nothing else in this crate looks inside them.

pub(crate) mod complete;
#[cfg(test)]
mod complete_tests;
pub(crate) mod fields;
pub(crate) mod library;
pub(crate) mod message;
