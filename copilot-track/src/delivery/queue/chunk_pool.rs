//! Memory that lies ready for the events to come.

use crate::delivery::queue::chunk::Chunk;
use crate::util::sync::Mutex;
use crate::util::sync::lock;

/// So many empty chunks are kept for good: what a busy moment needs, about 2 MB.
pub(super) const MAX_IDLE_CHUNKS: usize = 64;
/// With so many the delivery thread starts. It doubles them each time that half of them are used.
pub(super) const FIRST_CHUNKS: usize = 16;
/// So many are made before the delivery thread looks at its other work.
const MADE_AT_ONCE: usize = 16;

/// Empty chunks, whose memory can be written into at once: memory that is fresh from the system
/// costs the first who writes into it more than an event.
#[derive(Debug, Default)]
pub(super) struct ChunkPool(Mutex<Stock>);

#[derive(Debug, Default)]
struct Stock {
    chunks: Vec<Chunk>,
    /// So many should lie ready.
    wanted: usize,
    /// More are being made.
    growing: bool,
}

impl ChunkPool {
    /// Takes one, and says whether they have become few by it.
    pub(super) fn take(&self) -> (Option<Chunk>, bool) {
        // Not worth a wait.
        let Ok(mut stock) = self.0.try_lock() else {
            return (None, false);
        };
        let were_few = stock.are_few();
        (stock.chunks.pop(), !were_few && stock.are_few())
    }

    /// Makes more if there are few, but not more than the queue has room for; `true` if there is
    /// more of that to be done. For the delivery thread, so that none of it is the callers' work.
    pub(super) fn make(&self, room: usize) -> bool {
        let missing = lock(&self.0).missing(room);
        for _ in 0..missing.min(MADE_AT_ONCE) {
            let chunk = Chunk::prefaulted();
            lock(&self.0).chunks.push(chunk);
        }
        missing > 0
    }

    /// Used-up memory is used again. It never adds to the most that the queue has held.
    pub(super) fn keep(&self, mut chunk: Chunk) {
        if chunk.has_capacity() {
            chunk.clear();
            lock(&self.0).chunks.push(chunk);
        }
    }

    /// Gives back a part of what a burst has needed.
    pub(super) fn shrink_pool(&self) {
        let mut stock = lock(&self.0);
        let surplus = stock.chunks.len().saturating_sub(MAX_IDLE_CHUNKS);
        let kept = stock.chunks.len() - surplus.div_ceil(16);
        let freed = stock.chunks.split_off(kept);
        drop(stock);
        drop(freed);
    }

    #[cfg(all(test, not(shuttle)))]
    pub(super) fn len(&self) -> usize {
        lock(&self.0).chunks.len()
    }
}

impl Stock {
    /// Whether the callers use them up.
    fn are_few(&self) -> bool {
        self.chunks.len() < self.wanted / 2
    }

    /// How many are to be made now.
    fn missing(&mut self, room: usize) -> usize {
        if self.wanted == 0 {
            (self.wanted, self.growing) = (FIRST_CHUNKS, true);
        } else if self.are_few() && !self.growing {
            (self.wanted, self.growing) = ((self.wanted * 2).min(MAX_IDLE_CHUNKS), true);
        }
        let missing = self.wanted.min(room).saturating_sub(self.chunks.len());
        self.growing &= missing > 0;
        if self.growing { missing } else { 0 }
    }
}
