//! A filter of hashes, which shows that a hash is not in a table.

/// The size of the filter, as a power of two of its bits. The filter takes 4 MiB. With a million
/// hashes, it is wrong about one other hash in 300, and with ten million hashes about one in five.
const BITS_LOG: u32 = 25;
/// Spreads the information in a hash over all bits of a number.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// A Bloom filter of hashes. It takes no memory as long as it is empty.
#[derive(Debug, Default)]
pub(super) struct HashFilter {
    words: Vec<u64>,
    inserted: u64,
}

impl HashFilter {
    pub(super) fn insert(&mut self, hash: i64) {
        if self.words.is_empty() {
            self.words = vec![0; 1 << (BITS_LOG - u64::BITS.ilog2())];
        }
        self.inserted += 1;
        for (index, bit) in positions(hash) {
            if let Some(word) = self.words.get_mut(index) {
                *word |= bit;
            }
        }
    }

    /// Returns the number of hashes that were inserted.
    pub(super) fn inserted(&self) -> u64 {
        self.inserted
    }

    /// Returns `false` only if the hash was not inserted.
    pub(super) fn may_contain(&self, hash: i64) -> bool {
        positions(hash)
            .iter()
            .all(|(index, bit)| self.words.get(*index).is_some_and(|word| word & bit != 0))
    }
}

/// Returns the words of a hash's bits, and the bits.
fn positions(hash: i64) -> [(usize, u64); 2] {
    let mixed = hash.cast_unsigned().wrapping_mul(MULTIPLIER);
    [
        mixed >> (u64::BITS - BITS_LOG),
        mixed.rotate_left(BITS_LOG) >> (u64::BITS - BITS_LOG),
    ]
    .map(|bit| {
        let index = usize::try_from(bit / u64::from(u64::BITS)).unwrap_or_default();
        (index, 1 << (bit % u64::from(u64::BITS)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::envelopes::hash;

    fn hashes(from: u32, to: u32) -> impl Iterator<Item = i64> {
        (from..to).map(|number| hash(&format!("00000001-{number:08x}-envelope")))
    }

    #[test]
    fn inserted_hashes_are_found_and_most_others_are_not() {
        let mut filter = HashFilter::default();
        assert!(!hashes(0, 1_000).any(|hash| filter.may_contain(hash)));
        for hash in hashes(0, 1_000_000) {
            filter.insert(hash);
        }
        assert!(hashes(0, 1_000_000).all(|hash| filter.may_contain(hash)));
        let others = hashes(1_000_000, 1_100_000).filter(|hash| filter.may_contain(*hash));
        assert!(others.count() < 1_000);
    }
}
