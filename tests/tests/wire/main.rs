//! The request bodies: equal to the `segment` crate's messages, and within Segment's limits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic on failure"
)]

mod dropped_events;
mod limits;
mod message_text;
mod messages;
