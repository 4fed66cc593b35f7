//! The approximate sizes of allocations.

use compact_str::CompactString;

/// Returns the approximate size of an allocation, in bytes.
pub(crate) fn heap_bytes(len: usize) -> usize {
    // The allocator adds a header and rounds up to a multiple of 16.
    if len == 0 { 0 } else { len + 16 }
}

/// Returns the approximate size of the allocation of a string that may be short, in bytes.
pub(super) fn short_heap_bytes(text: Option<&CompactString>) -> usize {
    text.filter(|text| text.is_heap_allocated())
        .map_or(0, |text| heap_bytes(text.len()))
}
