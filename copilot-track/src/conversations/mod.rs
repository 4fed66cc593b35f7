//! The conversations of a process or, with a store, of several processes, found by their ids.

pub(crate) mod builder;
mod confirmations;
pub(crate) mod conversations;
mod end_claims;
pub(crate) mod end_reason;
mod idle_search;
mod registry;
mod shared;
mod store_reader;
#[cfg(test)]
mod store_tests;
mod store_thread;
mod store_writer;
mod sweeper;
#[cfg(test)]
mod tests;
mod update_writer;
