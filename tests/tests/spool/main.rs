//! The spool: events survive outages, restarts, and kills.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests panic on failure"
)]

mod dead_letters;
mod disk;
mod failing_batches;
#[cfg(unix)]
mod full_disk;
mod kills;
mod locks;
#[cfg(unix)]
mod private_files;
mod replay_deadlines;
mod replays;
mod restarts;
#[cfg(unix)]
mod small_disk;
mod spill_to_disk;
mod unwritten_letters;
