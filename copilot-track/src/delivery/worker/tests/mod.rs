//! Tests of the decisions about batches.
#![allow(clippy::unwrap_used, reason = "tests")]

mod aside;
mod batches;
mod retries;
mod test_worker;
