//! Events of the spool's that are not on disk yet.

use std::collections::VecDeque;

use crate::delivery::spool::record::SpoolRecord;

/// What a place here takes.
const SLOT: usize = size_of::<Option<SpoolRecord>>();

/// The newest events, in order. An event that is settled before it is written never touches the
/// disk.
#[derive(Debug)]
pub(super) struct StagedRecords {
    /// `None` is settled.
    records: VecDeque<Option<SpoolRecord>>,
    /// The number of the first.
    first: u64,
    waiting: usize,
    bytes: usize,
}

impl StagedRecords {
    /// None so far; the first will have this number.
    pub(super) fn from(first: u64) -> Self {
        Self {
            records: VecDeque::new(),
            first,
            waiting: 0,
            bytes: 0,
        }
    }

    pub(super) fn push(&mut self, record: SpoolRecord) {
        self.waiting += 1;
        self.bytes += SLOT + record.memory_size();
        self.records.push_back(Some(record));
    }

    /// The number of the first event here, or of the next that will come.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// The number that the next event will get.
    pub(super) fn next(&self) -> u64 {
        self.first + self.records.len() as u64
    }

    /// How many events have no fate yet.
    pub(super) fn unwritten(&self) -> usize {
        self.waiting
    }

    /// The same, and those that are settled and still have a place here, as an older one is not.
    pub(super) fn slots(&self) -> usize {
        self.records.len()
    }

    /// About how many bytes of memory they hold, settled ones included.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn get(&self, number: u64) -> Option<&SpoolRecord> {
        self.records.get(self.index(number)?)?.as_ref()
    }

    /// The event's fate is known. Says whether it was here.
    pub(super) fn remove(&mut self, number: u64) -> bool {
        let Some(slot) = self
            .index(number)
            .and_then(|index| self.records.get_mut(index))
        else {
            return false;
        };
        if let Some(record) = slot.take() {
            self.waiting -= 1;
            self.bytes -= record.memory_size();
        }
        while let Some(None) = self.records.front() {
            self.records.pop_front();
            self.bytes -= SLOT;
            self.first += 1;
        }
        true
    }

    /// The number behind the oldest events that hold about so many bytes.
    pub(super) fn end_within(&self, bytes: usize, events: usize) -> u64 {
        let mut sum = 0;
        let fits = |(index, record): &(usize, &Option<SpoolRecord>)| {
            let before = sum;
            sum += SLOT + record.as_ref().map_or(0, SpoolRecord::memory_size);
            *index < events && before < bytes
        };
        self.first + self.records.iter().enumerate().take_while(fits).count() as u64
    }

    /// Those below a number that wait.
    pub(super) fn below(&self, end: u64) -> impl Iterator<Item = (u64, &SpoolRecord)> {
        (self.first..end)
            .zip(&self.records)
            .filter_map(|(number, record)| Some((number, record.as_ref()?)))
    }

    /// Those below a number are on disk now.
    pub(super) fn written(&mut self, end: u64) {
        while self.first < end
            && let Some(record) = self.records.pop_front()
        {
            self.first += 1;
            self.bytes -= SLOT;
            if let Some(record) = record {
                self.waiting -= 1;
                self.bytes -= record.memory_size();
            }
        }
    }

    fn index(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.first)?).ok()
    }
}
