//! Delivery, against a server that does its worst: what the ledger says is what the server saw.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod answers;
mod bounds;
mod clients;
mod connections;
mod deadlines;
mod inspector;
mod json_lines;
mod last_handle;
mod load;
mod request;
mod retries;
mod rules;
mod unreachable;
