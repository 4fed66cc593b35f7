//! The backend that uses an `SQLite` file.
//!
//! One thread writes. It combines all waiting requests into one transaction and completes the
//! requests when the transaction is committed. Readers have their own connections and see only
//! committed data. Events are published after the commit, so no client ever sees a sequence number
//! that is reused after a crash.

mod command;
mod conversation_row;
mod counters;
pub(super) mod database;
mod envelopes;
mod event_row;
mod file_lock;
mod hash_filter;
mod integers;
mod migrate;
#[cfg(test)]
mod migrate_tests;
mod open_database;
mod private_file;
mod reader;
mod reader_pool;
mod recent;
mod replace;
mod schema;
mod search_index;
#[cfg(test)]
mod tests;
mod totals;
mod users;
mod verdicts;
mod write_batch;
mod writer;
