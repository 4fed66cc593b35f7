//! Random numbers for ids and delays, without a system call or a lock for each.

use std::cell::Cell;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use uuid::Uuid;

thread_local! {
    /// The standard library's keyed hash, SipHash, under 128 random bits from the system: a
    /// pseudo-random function, here of a counter. Neither part has a destructor, so it can be used
    /// until the very end of a thread.
    static GENERATOR: (RandomState, Cell<u64>) = (RandomState::new(), Cell::new(0));
}

/// The next number of this thread. `salt` makes another series of it.
fn next(salt: u64) -> u64 {
    GENERATOR.with(|(state, counter)| {
        let count = counter.get();
        counter.set(count.wrapping_add(1));
        let mut hasher = state.build_hasher();
        hasher.write_u64(salt);
        hasher.write_u64(count);
        hasher.finish()
    })
}

/// A random version 4 UUID. A process that was forked goes on with its parent's generator: give
/// another `salt` there.
pub(crate) fn uuid(salt: u64) -> Uuid {
    let bits = u128::from(next(salt)) << 64 | u128::from(next(salt));
    uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
}

/// From 0 to 1.
pub(crate) fn fraction() -> f64 {
    f64::from(u32::try_from(next(0) >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn uuids_differ_within_and_across_threads() {
        let draw = || (0..1000).map(|_| uuid(7)).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(draw)).collect();
        let all: HashSet<_> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(all.len(), 4000);
        assert!(all.iter().all(|id| id.get_version_num() == 4));
    }

    #[test]
    fn every_bit_but_those_of_version_and_variant_varies() {
        let (ones, zeros) = (0..1000)
            .map(|_| uuid(0).as_u128())
            .fold((0, 0), |(ones, zeros), bits| (ones | bits, zeros | !bits));
        assert_eq!((!ones).count_ones() + (!zeros).count_ones(), 6);
    }

    #[test]
    fn fractions_spread() {
        let drawn: Vec<_> = (0..1000).map(|_| fraction()).collect();
        assert!(drawn.iter().all(|f| (0.0..=1.0).contains(f)));
        assert!(drawn.iter().any(|f| *f < 0.1) && drawn.iter().any(|f| *f > 0.9));
    }
}
