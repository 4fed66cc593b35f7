//! Where events are kept: in memory with bounds, or in a file.
//!
//! Both keep the same facts and give the same answers; [`read::ReadStore`] is what they have in
//! common, and [`history`] what an event needs to know of those before it.

pub(crate) mod conversation;
pub(crate) mod error;
pub(crate) mod event_store;
mod history;
mod instance;
mod lock;
mod memory;
pub(crate) mod query;
pub(crate) mod read;
mod search;
#[cfg(feature = "sqlite")]
mod sqlite;
pub(crate) mod status;
#[cfg(test)]
mod tests;
pub(crate) mod wait;
pub(crate) mod write_errors;
