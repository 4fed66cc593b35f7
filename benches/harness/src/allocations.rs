//! How a program counts allocations.

/// Counts the allocations of the current thread while the closure runs.
pub type CountAllocations = fn(&mut dyn FnMut()) -> u64;
