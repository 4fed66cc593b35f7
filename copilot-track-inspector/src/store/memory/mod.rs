//! The backend in memory, bounded by number and bytes of events.

mod candidates;
pub(super) mod events;
mod read;
