//! A pool of buffers for request bodies.

/// Buffers of sent request bodies, kept for later batches.
#[derive(Debug, Default)]
pub(crate) struct BufferPool(Vec<Vec<u8>>);

impl BufferPool {
    /// The maximum number of pooled buffers. Each can hold about 0.5 MB.
    const MAX_BUFFERS: usize = 4;

    /// Returns a pooled buffer, or a new one if the pool is empty.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.0.pop().unwrap_or_default()
    }

    /// Adds a buffer to the pool unless the pool is full.
    pub(super) fn put(&mut self, buffer: Vec<u8>) {
        if self.0.len() < Self::MAX_BUFFERS {
            self.0.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_pool_keeps_no_further_buffer() {
        let mut pool = BufferPool::default();
        for _ in 0..=BufferPool::MAX_BUFFERS {
            pool.put(Vec::with_capacity(8));
        }
        for _ in 0..BufferPool::MAX_BUFFERS {
            assert!(pool.take().capacity() >= 8);
        }
        assert_eq!(pool.take().capacity(), 0);
    }
}
