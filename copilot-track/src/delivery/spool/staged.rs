//! The events of the spool that are not on disk yet.

use std::collections::VecDeque;

use crate::delivery::spool::record::SpoolRecord;

/// The size of a slot, in bytes.
const SLOT: usize = size_of::<Option<SpoolRecord>>();

/// The newest events, in order. An event that is settled before it is written to disk is never
/// written.
#[derive(Debug)]
pub(super) struct StagedRecords {
    /// `None` for settled events.
    records: VecDeque<Option<SpoolRecord>>,
    /// The sequence number of the event in the first slot.
    first: u64,
    unsettled: usize,
    bytes: usize,
}

impl StagedRecords {
    /// Creates an empty collection. The first event gets the sequence number `first`.
    pub(super) fn starting_at(first: u64) -> Self {
        Self {
            records: VecDeque::new(),
            first,
            unsettled: 0,
            bytes: 0,
        }
    }

    pub(super) fn push(&mut self, record: SpoolRecord) {
        self.unsettled += 1;
        self.bytes += SLOT + record.memory_size();
        self.records.push_back(Some(record));
    }

    /// Returns the sequence number of the event in the first slot or, if there are no slots, the
    /// sequence number of the next event.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// Returns the sequence number of the next event that will be added.
    pub(super) fn next(&self) -> u64 {
        self.first + self.records.len() as u64
    }

    /// Returns the number of events that are not settled.
    pub(super) fn unsettled(&self) -> usize {
        self.unsettled
    }

    /// Returns the number of slots. A settled event keeps its slot while an older event is
    /// unsettled.
    pub(super) fn slots(&self) -> usize {
        self.records.len()
    }

    /// Returns the approximate size of the slots in memory, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn get(&self, number: u64) -> Option<&SpoolRecord> {
        self.records.get(self.index(number)?)?.as_ref()
    }

    /// Removes a settled event. Returns whether it was staged.
    pub(super) fn remove(&mut self, number: u64) -> bool {
        let Some(slot) = self
            .index(number)
            .and_then(|index| self.records.get_mut(index))
        else {
            return false;
        };
        if let Some(record) = slot.take() {
            self.unsettled -= 1;
            self.bytes -= record.memory_size();
        }
        while let Some(None) = self.records.front() {
            self.records.pop_front();
            self.bytes -= SLOT;
            self.first += 1;
        }
        true
    }

    /// Returns the end of a range of staged events. The range starts at the oldest event and
    /// contains about `bytes` bytes and at most `events` events.
    pub(super) fn end_within(&self, bytes: usize, events: usize) -> u64 {
        let mut sum = 0;
        let fits = |(index, record): &(usize, &Option<SpoolRecord>)| {
            let before = sum;
            sum += SLOT + record.as_ref().map_or(0, SpoolRecord::memory_size);
            *index < events && before < bytes
        };
        self.first + self.records.iter().enumerate().take_while(fits).count() as u64
    }

    /// Iterates over the unsettled events with sequence numbers below `end`.
    pub(super) fn below(&self, end: u64) -> impl Iterator<Item = (u64, &SpoolRecord)> {
        (self.first..end)
            .zip(&self.records)
            .filter_map(|(number, record)| Some((number, record.as_ref()?)))
    }

    /// Removes the slots below `end`, whose events are now on disk.
    pub(super) fn written(&mut self, end: u64) {
        while self.first < end
            && let Some(record) = self.records.pop_front()
        {
            self.first += 1;
            self.bytes -= SLOT;
            if let Some(record) = record {
                self.unsettled -= 1;
                self.bytes -= record.memory_size();
            }
        }
    }

    fn index(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.first)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::privacy::content::Content;

    fn record(bytes: usize) -> SpoolRecord {
        SpoolRecord {
            content: Content::Full,
            content_properties: String::new(),
            json: Bytes::from(vec![b'x'; bytes]),
        }
    }

    #[test]
    fn the_size_is_that_of_the_slots_and_of_the_unsettled_events() {
        let mut staged = StagedRecords::starting_at(7);
        for bytes in [100, 20, 3] {
            staged.push(record(bytes));
        }
        assert_eq!(staged.bytes(), 3 * SLOT + 123);
        // A settled event keeps its slot while an older event is unsettled.
        assert!(staged.remove(8));
        assert_eq!((staged.slots(), staged.bytes()), (3, 3 * SLOT + 103));
        assert_eq!(
            (staged.first(), staged.next(), staged.unsettled()),
            (7, 10, 2)
        );
        assert!(staged.remove(7) && !staged.remove(7));
        assert_eq!((staged.slots(), staged.bytes()), (1, SLOT + 3));
        assert_eq!(
            (staged.first(), staged.next(), staged.unsettled()),
            (9, 10, 1)
        );
        staged.push(record(50));
        staged.written(10);
        assert_eq!((staged.slots(), staged.bytes()), (1, SLOT + 50));
        staged.written(11);
        assert_eq!((staged.unsettled(), staged.bytes()), (0, 0));
        assert_eq!((staged.first(), staged.next()), (11, 11));
    }

    #[test]
    fn a_range_is_limited_by_its_size_and_by_its_events() {
        let mut staged = StagedRecords::starting_at(7);
        for _ in 0..4 {
            staged.push(record(100));
        }
        assert_eq!(staged.end_within(usize::MAX, 3), 10);
        assert_eq!(staged.end_within(usize::MAX, 9), 11);
        assert_eq!(staged.end_within(SLOT + 100, 9), 8);
        assert_eq!(staged.end_within(SLOT + 101, 9), 9);
        staged.remove(8);
        let below: Vec<_> = staged.below(10).map(|(number, _)| number).collect();
        assert_eq!(below, [7, 9]);
    }
}
