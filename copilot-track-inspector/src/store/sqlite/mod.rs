//! Events in an `SQLite` file, so that they outlive the program.
//!
//! One thread writes: whatever waits for it goes into one transaction, and is answered when that is
//! in the file. Readers have connections of their own, and see what was committed. Events are told
//! of only after that, so no number is ever seen that another event could get after a crash.

mod command;
mod counts;
pub(super) mod database;
mod file_lock;
mod integers;
mod reader;
mod reader_pool;
mod recent;
mod replace;
mod schema;
#[cfg(test)]
mod tests;
mod write_batch;
mod writer;
