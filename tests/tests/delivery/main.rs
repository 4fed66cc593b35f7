//! Delivery, against a server that does its worst: what the ledger says is what the server saw.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod connections;
mod deadlines;
mod inspector;
mod json_lines;
mod last_handle;
mod load;
mod queue_limits;
mod request;
mod responses;
mod retries;
mod sdk_retry_rules;
mod segment_client;
mod unreachable_endpoints;
