//! The delivery thread.

pub(crate) mod barrier_request;
pub(crate) mod batch_policy;
pub(crate) mod batches;
pub(crate) mod deadline;
pub(crate) mod fill;
pub(crate) mod fill_from_spool;
pub(crate) mod in_flight;
mod late_requests;
pub(crate) mod reload;
mod replayed_letters;
pub(crate) mod retries;
pub(crate) mod shutdown;
mod spooled_batch;
#[cfg(all(test, not(shuttle)))]
mod tests;
pub(crate) mod thread;
pub(crate) mod wait;
pub(crate) mod waiters;
pub(crate) mod wakeup;
