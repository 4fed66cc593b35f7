//! The backend in memory, bounded by the number and size of events.

mod candidates;
pub(super) mod events;
mod read;
