//! Logs the start and the end of an overflow.

use std::sync::Arc;

use crate::ledger::counters::Counters;
use crate::ledger::drop_reason::DropReason;
use crate::util::reentrancy;
use crate::util::sync::{AtomicU64, Ordering};

/// A log of overflows. It logs once when events start to be dropped for lack of room, and once when
/// there is room again.
#[derive(Debug)]
pub(crate) struct OverflowLog {
    counters: Arc<Counters>,
    reason: DropReason,
    /// What is full: `queue` or `spool`.
    what: &'static str,
    /// The number of events dropped since the overflow started. Zero if there is no overflow.
    dropped: AtomicU64,
}

impl OverflowLog {
    pub(crate) fn new(counters: Arc<Counters>, reason: DropReason, what: &'static str) -> Self {
        Self {
            counters,
            reason,
            what,
            dropped: AtomicU64::new(0),
        }
    }

    /// Counts a dropped event. Logs the first one of an overflow.
    pub(crate) fn record_drop(&self) {
        self.counters.count_dropped(self.reason, 1);
        if self.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            reentrancy::log(|| {
                tracing::warn!(
                    reason = self.reason.as_str(),
                    "the {} is full: copilot events are dropped and counted in the ledger",
                    self.what
                );
            });
        }
    }

    /// If there is an overflow, ends it and logs its end.
    pub(crate) fn log_end(&self) {
        if self.dropped.load(Ordering::Relaxed) == 0 {
            return;
        }
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        reentrancy::log(|| {
            tracing::warn!(
                reason = self.reason.as_str(),
                dropped,
                "the {} has room again: no more copilot events are dropped",
                self.what
            );
        });
    }
}
