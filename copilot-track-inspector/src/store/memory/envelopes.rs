//! The last event with each envelope id.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::{HashTable, hash_table};

/// The table is not searched for fewer evicted events than this.
const MIN_EXCESS: usize = 1_024;

/// The sequence number of the last event with each envelope id.
///
/// Hashes are stored, so that the table does not read the ids in the events when it grows. Evicted
/// events are removed together, because each lookup is likely to miss the processor's caches.
#[derive(Debug, Default)]
pub(super) struct EnvelopeIndex {
    table: HashTable<Entry>,
    /// Has a random seed, so that a client cannot choose ids with equal hashes.
    hasher: RandomState,
}

#[derive(Debug)]
struct Entry {
    hash: u64,
    seq: u64,
}

impl EnvelopeIndex {
    /// Returns the sequence number of the last event with this id. `has_id` returns whether the
    /// event with a sequence number has this id.
    pub(super) fn get(&self, id: &str, has_id: impl Fn(u64) -> bool) -> Option<u64> {
        let hash = self.hasher.hash_one(id);
        let is_same = |entry: &Entry| entry.hash == hash && has_id(entry.seq);
        self.table.find(hash, is_same).map(|entry| entry.seq)
    }

    /// Records an event. It replaces an earlier event with this id.
    pub(super) fn insert(&mut self, id: &str, seq: u64, has_id: impl Fn(u64) -> bool) {
        let hash = self.hasher.hash_one(id);
        let is_same = |entry: &Entry| entry.hash == hash && has_id(entry.seq);
        match self.table.entry(hash, is_same, |entry| entry.hash) {
            hash_table::Entry::Occupied(mut entry) => entry.get_mut().seq = seq,
            hash_table::Entry::Vacant(entry) => {
                entry.insert(Entry { hash, seq });
            }
        }
    }

    /// Removes an event, if it is the last one with its id.
    pub(super) fn remove(&mut self, id: &str, seq: u64) {
        let hash = self.hasher.hash_one(id);
        if let Ok(entry) = self.table.find_entry(hash, |entry| entry.seq == seq) {
            entry.remove();
        }
    }

    /// Removes the evicted events if they may be more than a quarter of the stored ones. `first` is
    /// the sequence number of the first stored event, and `stored` is the number of stored events.
    pub(super) fn remove_evicted(&mut self, first: u64, stored: usize) {
        if self.table.len() > stored + stored / 4 + MIN_EXCESS {
            self.table.retain(|entry| entry.seq >= first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_event_with_an_id_is_found_until_it_is_removed() {
        let ids = ["a", "b", "a"];
        let has_id = |id| move |seq: u64| ids.get(usize::try_from(seq).unwrap()) == Some(&id);
        let mut index = EnvelopeIndex::default();
        for (seq, id) in (0..).zip(ids) {
            index.insert(id, seq, has_id(id));
        }
        assert_eq!(index.get("a", has_id("a")), Some(2));
        index.remove("a", 0);
        assert_eq!(index.get("a", has_id("a")), Some(2));
        index.remove("a", 2);
        assert_eq!(index.get("a", has_id("a")), None);
        assert_eq!(index.get("b", has_id("b")), Some(1));
        assert_eq!(index.get("c", has_id("c")), None);
    }

    #[test]
    fn evicted_events_are_removed_before_the_table_is_much_larger_than_the_store() {
        let mut index = EnvelopeIndex::default();
        for seq in 0..100_000 {
            index.insert(&seq.to_string(), seq, |_| true);
            index.remove_evicted(seq.saturating_sub(1_999), 2_000);
            assert!(index.table.len() <= 2_500 + MIN_EXCESS);
        }
        assert_eq!(index.get("99999", |_| true), Some(99_999));
        assert_eq!(index.get("0", |_| true), None);
    }

    #[test]
    fn ids_with_the_same_hash_are_different_ids() {
        let mut index = EnvelopeIndex::default();
        index.insert("a", 1, |_| false);
        // The event that the table knows has another id.
        index.insert("a", 2, |_| false);
        assert_eq!(index.get("a", |seq| seq == 1), Some(1));
        assert_eq!(index.get("a", |seq| seq == 2), Some(2));
        index.remove("a", 1);
        assert_eq!(index.get("a", |_| true), Some(2));
    }
}
