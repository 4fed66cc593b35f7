//! Where events are kept: in memory with bounds, or in a file.
//!
//! Both keep the same facts and give the same answers; [`event_store::Shelf`] is what they have in
//! common, and [`history`] what an event needs to know of those before it.

pub(crate) mod conversation;
pub(crate) mod event_store;
mod history;
mod memory;
mod search;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(test)]
mod tests;
pub(crate) mod wait;
pub(crate) mod write_errors;
