//! The programs through which outside test suites drive the tracker.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod cli;
mod http;
