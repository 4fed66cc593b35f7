//! Counts the outcomes of events.

pub(crate) mod counters;
pub(crate) mod counts;
pub(crate) mod drop_reason;
pub(crate) mod process_counter;
pub(crate) mod report;
