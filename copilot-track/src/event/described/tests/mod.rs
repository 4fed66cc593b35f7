//! Tests of the schemas of types, and of the rules of events.
#![allow(clippy::unwrap_used, reason = "tests")]

mod example_types;
mod probed_types;
mod rules;
#[cfg(feature = "schemars")]
mod schemars;
mod type_names;
