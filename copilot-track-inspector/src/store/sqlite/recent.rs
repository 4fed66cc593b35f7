//! A cache of the newest events, which watchers read.

use std::{collections::VecDeque, sync::Arc};

use crate::event::model::Event;

/// The maximum number of cached events.
const MAX_RECENT_EVENTS: usize = 4096;
/// The maximum total size of cached events, in bytes.
const MAX_RECENT_BYTES: usize = 16 * 1024 * 1024;

/// The newest events, with consecutive sequence numbers. The cache is empty while no client waits
/// for new events.
#[derive(Debug, Default)]
pub(super) struct RecentEvents {
    events: VecDeque<Arc<Event>>,
    bytes: usize,
}

impl RecentEvents {
    pub(super) fn push(&mut self, event: Arc<Event>) {
        self.bytes += event.memory_bytes();
        self.events.push_back(event);
        while self.events.len() > MAX_RECENT_EVENTS || self.bytes > MAX_RECENT_BYTES {
            let Some(event) = self.events.pop_front() else {
                break;
            };
            self.bytes -= event.memory_bytes();
        }
    }

    /// Replaces an event by the same event with another verdict, if the event is cached.
    pub(super) fn replace(&mut self, event: Arc<Event>) {
        let first = self.events.front().map_or(u64::MAX, |first| first.seq);
        let index = event
            .seq
            .checked_sub(first)
            .and_then(|it| usize::try_from(it).ok());
        if let Some(cached) = index.and_then(|index| self.events.get_mut(index)) {
            self.bytes = (self.bytes + event.memory_bytes()).saturating_sub(cached.memory_bytes());
            *cached = event;
        }
    }

    /// Removes events that were evicted from the database.
    pub(super) fn remove_before(&mut self, seq: u64) {
        while self.events.front().is_some_and(|event| event.seq < seq) {
            if let Some(event) = self.events.pop_front() {
                self.bytes -= event.memory_bytes();
            }
        }
    }

    /// Returns the events after `seq` if all of them are cached.
    pub(super) fn after(&self, seq: u64, max_events: usize) -> Option<Vec<Arc<Event>>> {
        let first = self.events.front()?.seq;
        let from = usize::try_from(seq.saturating_add(1).checked_sub(first)?).ok()?;
        Some(
            self.events
                .range(from.min(self.events.len())..)
                .take(max_events)
                .cloned()
                .collect(),
        )
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
