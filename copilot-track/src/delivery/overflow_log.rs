//! Times in which events are lost since there is no room.

use std::sync::Arc;

use crate::ledger::counters::Counters;
use crate::ledger::drop_reason::DropReason;
use crate::util::sync::{AtomicU64, Ordering};

/// Times in which events are lost since there is no room: told at their begin and at their end.
#[derive(Debug)]
pub(crate) struct OverflowLog {
    counters: Arc<Counters>,
    reason: DropReason,
    /// What has no room.
    what: &'static str,
    /// Events lost since the last time that all was well.
    lost: AtomicU64,
}

impl OverflowLog {
    pub(crate) fn new(counters: Arc<Counters>, reason: DropReason, what: &'static str) -> Self {
        Self {
            counters,
            reason,
            what,
            lost: AtomicU64::new(0),
        }
    }

    pub(crate) fn record_drop(&self) {
        self.counters.count_dropped(self.reason, 1);
        if self.lost.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(
                reason = self.reason.as_str(),
                "the {} is full: copilot events are dropped, and counted in the ledger",
                self.what
            );
        }
    }

    /// The queue has room enough again.
    pub(crate) fn log_end(&self) {
        if self.lost.load(Ordering::Relaxed) == 0 {
            return;
        }
        let lost = self.lost.swap(0, Ordering::Relaxed);
        tracing::warn!(
            reason = self.reason.as_str(),
            lost,
            "the {} has room again: no more copilot events are dropped",
            self.what
        );
    }
}
