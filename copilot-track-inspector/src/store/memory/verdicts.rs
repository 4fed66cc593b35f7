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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ingest::import::read_lines,
        store::{history::History as _, status::Capacity},
        verdict::findings::Verdict,
    };

    #[test]
    fn the_index_of_envelope_ids_does_not_keep_replaced_events() {
        let mut store = MemoryStore::new(Capacity {
            events: 10,
            bytes: 1 << 20,
        });
        let line = r#"{"type":"track","event":"E","messageId":"m"}"#;
        let event = read_lines(std::iter::once(line)).remove(0).unwrap();
        let replaced = Arc::downgrade(&store.append(event).unwrap());
        store.replace_verdicts(0, 10, &|_| Some(Verdict::default()));
        assert!(replaced.upgrade().is_none());
        let found = store.by_envelope("m").unwrap().unwrap();
        assert!(found.verdict.findings.is_empty());
    }
}
