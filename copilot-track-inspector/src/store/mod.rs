//! The store of events, either in bounded memory or in a database file.
//!
//! Both backends implement [`read::ReadStore`] and give the same results. When an event is stored,
//! [`history`] compares it with earlier events.

pub(crate) mod cancel;
pub(crate) mod deletions;
pub(crate) mod error;
pub(crate) mod event_store;
mod history;
mod instance;
mod lock;
mod memory;
pub(crate) mod plan_checks;
pub(crate) mod query;
pub(crate) mod read;
#[cfg(feature = "sqlite")]
mod sqlite;
pub(crate) mod status;
#[cfg(test)]
mod tests;
pub(crate) mod wait;
pub(crate) mod write_errors;
