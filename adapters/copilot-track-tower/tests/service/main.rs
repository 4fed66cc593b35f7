//! Tests of the layers and extractors with axum.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unused_async,
    reason = "tests panic on failure, and their handlers are minimal"
)]

mod client;
mod context;
mod conversations;
mod cookie;
mod hang_up;
mod hostile;
mod http2;
mod identity;
mod middleware;
mod plain_tower;
mod responses;
mod support;
mod turns;
