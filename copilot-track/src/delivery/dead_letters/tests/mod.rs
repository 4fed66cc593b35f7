#![allow(clippy::unwrap_used, reason = "tests")]

mod replay_files;
mod writer;
