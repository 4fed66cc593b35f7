//! Counts allocations.

/// Counts the allocations of this thread while the closure runs.
pub type CountAllocations = fn(&mut dyn FnMut()) -> u64;
