//! The in-memory backend, which is bounded by the number and the total size of events.

mod candidates;
pub(super) mod events;
mod read;
mod verdicts;
