//! What is on the wire: the `segment` crate's messages, within Segment's limits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod dropped_events;
mod limits;
mod message_text;
mod messages;
