//! The programs that let external test suites drive the tracker.
#![allow(clippy::unwrap_used, reason = "tests panic on failure")]

mod cli;
mod http;
