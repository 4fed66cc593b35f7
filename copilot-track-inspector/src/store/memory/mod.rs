//! Events in memory, bounded by number and bytes: the oldest make room.

pub(super) mod events;
