//! What leaves the process, and what must not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod leaks;
mod policy;
mod serialization_errors;
mod write_key;
