//! Tests of all kinds together.

mod examples;
mod properties;
pub(crate) mod table;
