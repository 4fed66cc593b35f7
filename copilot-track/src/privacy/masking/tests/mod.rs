//! Tests that combine all kinds of data.

mod examples;
mod phone_boundaries;
mod properties;
pub(crate) mod table;
