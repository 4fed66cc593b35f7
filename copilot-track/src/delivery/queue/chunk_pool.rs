//! A pool of empty chunks.

use crate::delivery::queue::chunk::Chunk;
use crate::util::sync::{Mutex, lock};

/// The maximum number of pooled chunks. They have memory for 131,072 events.
///
/// The first use of memory that is new to the process causes a page fault, which takes longer than
/// everything else that is done to queue an event.
pub(super) const MAX_POOLED_CHUNKS: usize = 512;

/// The number of chunks that [`ChunkPool::shrink`] keeps. They have memory for 16,384 events.
pub(super) const MIN_POOLED_CHUNKS: usize = 64;

/// Empty chunks for reuse.
#[derive(Debug, Default)]
pub(super) struct ChunkPool(Mutex<Vec<Chunk>>);

impl ChunkPool {
    /// Returns a chunk from the pool, or a new one.
    pub(super) fn take(&self) -> Chunk {
        // If the pool is locked, allocating is cheaper than waiting. After a fork, the lock may
        // never be released.
        let pooled = self.0.try_lock().ok().and_then(|mut chunks| chunks.pop());
        pooled.unwrap_or_else(Chunk::with_capacity)
    }

    /// Puts a used chunk into the pool, unless the pool is full or the chunk has too little memory.
    pub(super) fn put(&self, mut chunk: Chunk) {
        if !chunk.has_capacity() {
            return;
        }
        chunk.clear();
        let mut chunks = lock(&self.0);
        if chunks.len() < MAX_POOLED_CHUNKS {
            chunks.push(chunk);
        }
    }

    /// Frees one chunk if there are more than [`MIN_POOLED_CHUNKS`].
    pub(super) fn shrink(&self) {
        let mut chunks = lock(&self.0);
        if chunks.len() > MIN_POOLED_CHUNKS {
            chunks.pop();
        }
    }

    #[cfg(all(test, not(shuttle)))]
    pub(super) fn len(&self) -> usize {
        lock(&self.0).len()
    }
}
