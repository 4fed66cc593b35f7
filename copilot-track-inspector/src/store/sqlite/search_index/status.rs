//! The state of the index that the writer and the readers share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// The state of the index.
#[derive(Debug)]
pub(in super::super) struct IndexStatus {
    /// Whether there is an index.
    pub(in super::super) enabled: bool,
    damaged: AtomicBool,
    indexed_to: AtomicU64,
}

impl IndexStatus {
    pub(in super::super) fn new(enabled: bool) -> Self {
        Self {
            enabled,
            damaged: AtomicBool::new(false),
            indexed_to: AtomicU64::new(0),
        }
    }

    /// Records that the index must be built again.
    pub(super) fn set_damaged(&self) {
        self.damaged.store(true, Relaxed);
    }

    /// Returns whether the index must be built again, and resets the mark.
    pub(in super::super) fn take_damaged(&self) -> bool {
        self.damaged.swap(false, Relaxed)
    }

    pub(super) fn set_indexed_to(&self, seq: u64) {
        self.indexed_to.store(seq, Relaxed);
    }

    /// Returns the sequence number of the last event in the index.
    pub(in super::super) fn indexed_to(&self) -> u64 {
        self.indexed_to.load(Relaxed)
    }
}
