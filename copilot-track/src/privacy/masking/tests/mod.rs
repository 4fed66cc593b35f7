//! Tests of all kinds together.

mod corpus;
mod properties;
pub(crate) mod table;
