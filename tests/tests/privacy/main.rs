//! Privacy: content policy, consent, sampling, and data that must never leave the process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic on failure"
)]

mod leaks;
mod masking;
mod policy;
mod serialization_errors;
mod three_processes;
mod write_key;
