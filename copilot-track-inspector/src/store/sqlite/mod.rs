//! The backend that uses an `SQLite` file.
//!
//! One thread writes. It combines all waiting requests into one transaction and completes the
//! requests when the transaction is committed. Readers have their own connections and see only
//! committed data. Events are published after the commit, so no client ever sees a sequence number
//! that is reused after a crash.

mod command;
mod counters;
pub(super) mod database;
mod file_lock;
mod integers;
mod private_file;
mod reader;
mod reader_pool;
mod recent;
mod replace;
mod schema;
#[cfg(test)]
mod tests;
mod totals;
mod verdicts;
mod write_batch;
mod writer;
