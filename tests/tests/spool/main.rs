//! The spool: events survive outages, restarts, and kills.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic on failure"
)]

mod dead_letters;
mod disk;
mod kills;
mod restarts;
mod spill_to_disk;
