//! Alignment to a cache line.

use std::ops::Deref;

/// A value on its own cache lines, so that writes to its neighbors do not slow down access to it.
///
/// 128 bytes are two lines on most processors, which fetch lines in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct CachePadded<T>(T);

impl<T> Deref for CachePadded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
