//! The retries of batches, which are stored so that a restart does not reset their limits.
//!
//! The table `retries` maps the sequence number of a batch's first event to five values: the
//! sequence number that follows its last event, the number of retries, the number of consecutive
//! failures that the batch may have caused, and how many milliseconds the batch has waited in
//! backoffs and in waits that the endpoint requested. A batch without failed attempts has no entry.
//! Files without this table are valid.

use std::collections::BTreeMap;
use std::ops::Range;

use redb::TableDefinition;

use crate::delivery::retry::StoredRetries;

pub(super) type Row = (u64, u32, u32, u64, u64);

pub(super) const RETRIES: TableDefinition<'static, u64, Row> = TableDefinition::new("retries");

/// The events of a batch, and the batch's retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) end: u64,
    pub(crate) retries: StoredRetries,
}

impl From<Row> for Entry {
    fn from((end, retries, failures, backoff_ms, rate_limit_ms): Row) -> Self {
        Self {
            end,
            retries: StoredRetries {
                retries,
                failures,
                backoff_ms,
                rate_limit_ms,
            },
        }
    }
}

impl Entry {
    /// Returns the row for a file whose numbers are higher by `base`.
    pub(super) fn row(self, base: u64) -> Row {
        let StoredRetries {
            retries,
            failures,
            backoff_ms,
            rate_limit_ms,
        } = self.retries;
        (
            self.end.wrapping_add(base),
            retries,
            failures,
            backoff_ms,
            rate_limit_ms,
        )
    }
}

/// The table in memory, and its changes since the last write.
#[derive(Debug, Default)]
pub(super) struct RetryTable {
    entries: BTreeMap<u64, Entry>,
    /// `None` for removed entries.
    changes: BTreeMap<u64, Option<Entry>>,
}

impl RetryTable {
    /// Creates the table from the entries of a file whose next event has the number `next`. Entries
    /// must not apply to events that are added later.
    pub(super) fn read(stored: Vec<(u64, Entry)>, next: u64) -> Self {
        let mut table = Self::default();
        for (first, entry) in stored {
            let end = entry.end.min(next);
            if first < end {
                table.entries.insert(first, Entry { end, ..entry });
            }
            if end < entry.end {
                let current = table.entries.get(&first).copied();
                table.changes.insert(first, current);
            }
        }
        table
    }

    /// Adds the entries of events that an earlier process left and that were found late.
    pub(super) fn adopt(&mut self, stored: Vec<(u64, Entry)>, events: &Range<u64>) {
        let is_within =
            |(first, entry): &(u64, Entry)| events.contains(first) && entry.end <= events.end;
        self.entries.extend(stored.into_iter().filter(is_within));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the batch that contains an event: the number of its first event, and its retries.
    pub(super) fn get(&self, number: u64) -> Option<(u64, StoredRetries)> {
        let (first, entry) = self.entries.range(..=number).next_back()?;
        (number < entry.end).then_some((*first, entry.retries))
    }

    /// Sets the retries of a batch.
    pub(super) fn set(&mut self, events: Range<u64>, retries: StoredRetries) {
        self.remove(&events);
        let entry = Entry {
            end: events.end,
            retries,
        };
        self.entries.insert(events.start, entry);
        self.changes.insert(events.start, Some(entry));
    }

    /// Removes the entries of batches with some of these events.
    pub(super) fn remove(&mut self, events: &Range<u64>) {
        let overlaps = |first: &u64, entry: &Entry| *first < events.end && entry.end > events.start;
        let removed: Vec<_> = self
            .entries
            .iter()
            .filter(|(first, entry)| overlaps(first, entry))
            .map(|(first, _)| *first)
            .collect();
        for first in removed {
            self.entries.remove(&first);
            self.changes.insert(first, None);
        }
    }

    /// Returns whether there are changes that can be written when all events below `end` are on
    /// disk.
    pub(super) fn has_changes(&self, end: u64) -> bool {
        self.changes_below(end).next().is_some()
    }

    /// Returns the changes that can be written when all events below `end` are on disk.
    pub(super) fn changes_below(&self, end: u64) -> impl Iterator<Item = (u64, Option<Entry>)> {
        self.changes
            .iter()
            .map(|(first, entry)| (*first, *entry))
            .filter(move |(_, entry)| entry.is_none_or(|entry| entry.end <= end))
    }

    /// Removes the changes that have been written.
    pub(super) fn written(&mut self, end: u64) {
        self.changes
            .retain(|_, entry| entry.is_some_and(|entry| entry.end > end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retries(retries: u32) -> StoredRetries {
        StoredRetries {
            retries,
            ..StoredRetries::default()
        }
    }

    #[test]
    fn an_entry_applies_to_the_events_of_its_batch() {
        let mut table = RetryTable::default();
        table.set(10..20, retries(1));
        table.set(20..30, retries(2));
        assert_eq!(table.get(9), None);
        assert_eq!(table.get(10), Some((10, retries(1))));
        assert_eq!(table.get(29), Some((20, retries(2))));
        assert_eq!(table.get(30), None);
        table.remove(&(12..15));
        assert_eq!(table.get(10), None);
        let changes: Vec<_> = table.changes_below(30).map(|(first, _)| first).collect();
        assert_eq!(changes, [10, 20]);
        // Entries are written after their events.
        assert!(table.has_changes(10));
        table.written(29);
        assert!(!table.has_changes(29) && table.has_changes(30));
    }

    #[test]
    fn an_entry_does_not_apply_to_events_that_are_added_later() {
        let entry = |end| Entry {
            end,
            retries: retries(1),
        };
        let table = RetryTable::read(vec![(1, entry(3)), (5, entry(9)), (10, entry(12))], 7);
        assert_eq!(table.get(2), Some((1, retries(1))));
        assert_eq!(table.get(6), Some((5, retries(1))));
        assert_eq!((table.get(7), table.get(10)), (None, None));
        let changes: Vec<_> = table.changes_below(7).collect();
        assert_eq!(changes, [(5, Some(entry(7))), (10, None)]);
    }
}
