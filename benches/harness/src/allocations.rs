//! The function that counts allocations.

/// A function that counts the allocations of the current thread while a closure runs.
pub type CountAllocations = fn(&mut dyn FnMut()) -> u64;
