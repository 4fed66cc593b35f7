//! Alignment to cache lines.

use std::ops::Deref;

/// A value on its own cache lines, so that writes to its neighbors do not slow down access to it.
///
/// On most processors, 128 bytes are two cache lines, which are fetched as a pair.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct CachePadded<T>(T);

impl<T> Deref for CachePadded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
