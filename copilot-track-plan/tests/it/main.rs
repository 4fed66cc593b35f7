//! Integration tests.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]

mod arbitrary;
mod export;
mod program;
mod round_trip;
mod rule_types;
mod scan;
mod unusual_plans;
