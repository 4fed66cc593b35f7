//! The memory that the fields of the spec's events own on the heap.

use std::borrow::Cow;

use crate::event::rating::Rating;
use crate::event::role::Role;
use crate::util::truncation;

/// The memory that a field owns on the heap.
pub(super) trait HeapSize {
    /// Returns the number of bytes.
    fn heap_size(&self) -> usize;

    /// Cuts a string that is too long for the queue.
    fn shorten(&mut self) {}
}

impl HeapSize for Cow<'static, str> {
    fn heap_size(&self) -> usize {
        match self {
            Cow::Borrowed(_) => 0,
            Cow::Owned(text) => text.capacity(),
        }
    }

    fn shorten(&mut self) {
        if let Cow::Owned(text) = self {
            truncation::shorten(text);
        }
    }
}

impl HeapSize for Role {
    fn heap_size(&self) -> usize {
        match self {
            Self::Other(text) => text.heap_size(),
            _ => 0,
        }
    }

    fn shorten(&mut self) {
        if let Self::Other(text) = self {
            text.shorten();
        }
    }
}

impl HeapSize for Rating {
    fn heap_size(&self) -> usize {
        0
    }
}

impl HeapSize for Option<u64> {
    fn heap_size(&self) -> usize {
        0
    }
}
