//! Request bodies equal the `segment` crate's messages and stay within Segment's limits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic on failure"
)]

mod context;
mod dropped_events;
mod hooks;
mod limits;
mod message_text;
mod messages;
mod nesting;
mod numbers;
mod serialize_once;
