//! Tests that combine all kinds of data.

mod examples;
mod properties;
pub(crate) mod table;
