//! Replaces the verdicts on events in memory.

use std::sync::Arc;

use super::events::MemoryStore;
use crate::{event::model::Event, store::query::NewVerdict};

impl MemoryStore {
    /// Replaces the verdicts on at most `max_events` events after `seq`. Returns the sequence
    /// number of the last one, or `None` if there are no such events.
    pub(in crate::store) fn replace_verdicts(
        &mut self,
        seq: u64,
        max_events: usize,
        new_verdict: &NewVerdict,
    ) -> Option<u64> {
        let first = self.index(seq.saturating_add(1));
        let events: Vec<_> = self
            .events
            .range(first..)
            .take(max_events)
            .cloned()
            .collect();
        let last = events.last()?.seq;
        for event in events {
            if let Some(verdict) = new_verdict(&event) {
                self.replace(Event {
                    verdict,
                    ..Arc::unwrap_or_clone(event)
                });
            }
        }
        self.evict_excess();
        Some(last)
    }
}
