//! Alignment to a cache line.

/// What has a cache line of its own, or two where the processor fetches them in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct CachePadded<T>(pub(crate) T);
