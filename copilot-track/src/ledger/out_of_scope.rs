//! Calls of annotated functions outside of any conversation, counted.
//!
//! This is all that such a call does, so it has to cost next to nothing: each thread has a counter
//! for itself, which takes a load and a store, and nothing that other threads could disturb.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::util::cache_padded::CachePadded;

/// One for each bit of [`TAKEN`]. No tracker is known outside of a conversation, so they count for
/// the process.
static LANES: [CachePadded<AtomicU64>; 64] = [const { CachePadded(AtomicU64::new(0)) }; 64];
/// Which lanes a thread has.
static TAKEN: AtomicU64 = AtomicU64::new(0);
/// Counts for the threads beyond.
static SHARED: AtomicU64 = AtomicU64::new(0);

/// No lane was looked for yet.
const UNKNOWN: usize = usize::MAX;
/// There is none.
const NONE: usize = usize::MAX - 1;

thread_local! {
    static LANE: Cell<usize> = const { Cell::new(UNKNOWN) };
    static OWNED: Owned = const { Owned(Cell::new(NONE)) };
}

/// Gives the lane back when the thread ends.
struct Owned(Cell<usize>);

impl Drop for Owned {
    fn drop(&mut self) {
        LANE.set(NONE);
        if let Some(bit) = bit(self.0.get()) {
            // Release: its next owner goes on from this one's count.
            TAKEN.fetch_and(!bit, Ordering::Release);
        }
    }
}

fn bit(lane: usize) -> Option<u64> {
    (lane < LANES.len()).then(|| 1 << lane)
}

/// Counts a call of an annotated function outside of any conversation.
pub(crate) fn count() {
    match LANES.get(LANE.get()) {
        Some(CachePadded(count)) => {
            // Nobody else writes here.
            let before = count.load(Ordering::Relaxed);
            count.store(before.wrapping_add(1), Ordering::Relaxed);
        }
        None => count_first(),
    }
}

#[cold]
fn count_first() {
    if LANE.get() == UNKNOWN {
        LANE.set(NONE);
        // Where the thread already ends, nothing would give a lane back.
        let _ = OWNED.try_with(|owned| {
            let lane = take();
            owned.0.set(lane);
            LANE.set(lane);
        });
        if LANE.get() != NONE {
            return count();
        }
    }
    SHARED.fetch_add(1, Ordering::Relaxed);
}

fn take() -> usize {
    let first_free = |taken: u64| (taken != u64::MAX).then(|| taken | (taken + 1));
    TAKEN
        .fetch_update(Ordering::Acquire, Ordering::Relaxed, first_free)
        .map_or(NONE, |taken| taken.trailing_ones() as usize)
}

/// How many calls there were so far.
pub(crate) fn total() -> u64 {
    let lanes = LANES
        .iter()
        .map(|CachePadded(count)| count.load(Ordering::Relaxed));
    lanes.sum::<u64>() + SHARED.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn every_call_of_every_thread_counts() {
        let before = total();
        // More threads at a time than there are lanes, and then others that take theirs.
        for _ in 0..3 {
            let all_count = Barrier::new(80);
            thread::scope(|scope| {
                for _ in 0..80 {
                    scope.spawn(|| {
                        count();
                        all_count.wait();
                        (0..99).for_each(|_| count());
                    });
                }
            });
        }
        assert_eq!(total() - before, 3 * 80 * 100);
    }
}
