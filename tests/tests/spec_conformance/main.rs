//! The examples of Segment's *Spec: AI Copilot*, produced with the public API.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic on failure"
)]

mod continued_turns;
mod contradictions;
mod conversation_started;
mod conversation_state;
mod derived_ids;
mod equivalence;
mod examples;
mod message_count;
mod spec_examples;
mod users;
