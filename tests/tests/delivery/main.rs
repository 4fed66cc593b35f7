//! Delivery to a server that injects faults. The ledger must agree with the server's log.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic on failure"
)]

mod blocked_thread;
mod connections;
mod deadlines;
mod delivery_thread;
mod failing_batches;
mod inspector;
mod invalid_events;
mod json_lines;
mod large_events;
mod last_handle;
mod load;
mod queue_limits;
mod request;
mod responses;
mod retries;
mod sdk_retry_rules;
mod segment_client;
mod unreachable_endpoints;
mod unruly_code;
