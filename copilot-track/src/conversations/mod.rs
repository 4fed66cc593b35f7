//! The conversations of a process, found by their ids.

pub(crate) mod builder;
pub(crate) mod conversations;
pub(crate) mod end_reason;
mod registry;
mod shared;
mod sweeper;
#[cfg(test)]
mod tests;
