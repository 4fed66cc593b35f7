//! Delivers events: queue, delivery thread, encoding, spool, and transports.
//!
//! This module does not depend on conversations, scopes, or macros.

pub(crate) mod batch;
pub(crate) mod buffer_pool;
pub(crate) mod dead_letters;
pub(crate) mod deadline_timer;
pub(crate) mod delivery_handle;
pub(crate) mod encode;
pub(crate) mod endpoint;
pub(crate) mod envelope;
#[cfg(feature = "metrics")]
pub(crate) mod metrics;
pub(crate) mod outage;
pub(crate) mod overflow_log;
pub(crate) mod queue;
pub(crate) mod rate_limit;
pub(crate) mod region;
pub(crate) mod retry;
pub(crate) mod segment;
pub(crate) mod sender;
pub(crate) mod sending;
pub(crate) mod spool;
#[cfg(all(test, not(shuttle)))]
mod tests;
pub(crate) mod transport;
pub(crate) mod worker;
pub(crate) mod write_key;
