//! Events in memory, bounded by number and bytes: the oldest make room.

mod candidates;
pub(super) mod events;
mod read;
