//! Counts the outcomes of events.

pub(crate) mod counters;
pub(crate) mod counts;
pub(crate) mod drop_reason;
pub(crate) mod out_of_scope;
pub(crate) mod outside_reply;
pub(crate) mod report;
