//! What the spool keeps through outages, restarts and kills.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod dead_letters;
mod disk;
mod kills;
mod restarts;
mod spill_to_disk;
