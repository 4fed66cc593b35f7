//! Tests of all kinds of data together.

mod examples;
mod properties;
pub(crate) mod table;
