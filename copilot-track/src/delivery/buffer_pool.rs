//! A pool of buffers for request bodies.

/// Buffers of bodies that were sent, reused for later batches.
#[derive(Debug, Default)]
pub(crate) struct BufferPool(Vec<Vec<u8>>);

impl BufferPool {
    /// A buffer holds up to about 0.5 MB.
    const MAX_BUFFERS: usize = 4;

    /// Returns a buffer of an earlier batch, or a new one.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.0.pop().unwrap_or_default()
    }

    /// Keeps a buffer unless the pool is full.
    pub(super) fn put(&mut self, buffer: Vec<u8>) {
        if self.0.len() < Self::MAX_BUFFERS {
            self.0.push(buffer);
        }
    }
}
