//! Random numbers for ids and delays, without a system call or a lock per number.

use std::cell::Cell;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use uuid::Uuid;

thread_local! {
    /// The standard library's `SipHash`, keyed with 128 random bits from the system, and a counter.
    /// Hashing the counter gives pseudorandom numbers. Neither part has a destructor, so both can
    /// be used until the thread has ended.
    static GENERATOR: (RandomState, Cell<u64>) = (RandomState::new(), Cell::new(0));
    /// This thread's id generator and its salt.
    static ID_GENERATOR: Cell<Option<(u64, UuidGenerator)>> = const { Cell::new(None) };
}

/// Returns the next random number of this thread. Different salts produce different numbers.
fn next_u64(salt: u64) -> u64 {
    GENERATOR.with(|(state, counter)| {
        let count = counter.get();
        counter.set(count.wrapping_add(1));
        let mut hasher = state.build_hasher();
        hasher.write_u64(salt);
        hasher.write_u64(count);
        hasher.finish()
    })
}

/// Returns a random version 4 UUID. A forked process inherits its parent's generator, so it must
/// use a different `salt`.
pub(crate) fn uuid(salt: u64) -> Uuid {
    ID_GENERATOR.with(|ids| {
        let mut generator = match ids.get() {
            Some((same, generator)) if same == salt => generator,
            _ => UuidGenerator::salted(salt),
        };
        let id = generator.uuid();
        ids.set(Some((salt, generator)));
        id
    })
}

/// A generator of random version 4 UUIDs. It uses xoroshiro128++, which takes a tenth of the time
/// of `SipHash`. The 128 bits of its initial state come from `SipHash`, so two generators do not
/// produce the same numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UuidGenerator(u64, u64);

impl UuidGenerator {
    pub(crate) fn new() -> Self {
        Self::salted(u64::from(std::process::id()))
    }

    fn salted(salt: u64) -> Self {
        // The state must not be all zeros.
        Self(next_u64(salt) | 1, next_u64(salt))
    }

    fn next(&mut self) -> u64 {
        let Self(a, b) = *self;
        let drawn = a.wrapping_add(b).rotate_left(17).wrapping_add(a);
        let mixed = a ^ b;
        *self = Self(
            a.rotate_left(49) ^ mixed ^ (mixed << 21),
            mixed.rotate_left(28),
        );
        drawn
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        let bits = u128::from(self.next()) << 64 | u128::from(self.next());
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }
}

/// Returns a random number from 0 to 1.
pub(crate) fn fraction() -> f64 {
    f64::from(u32::try_from(next_u64(0) >> 32).unwrap_or_default()) / f64::from(u32::MAX)
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
    fn the_ids_of_two_generators_differ() {
        let (mut first, mut second) = (UuidGenerator::new(), UuidGenerator::new());
        let all: HashSet<_> = (0..10_000)
            .flat_map(|_| [first.uuid(), second.uuid()])
            .collect();
        assert_eq!(all.len(), 20_000);
        assert!(all.iter().all(|id| id.get_version_num() == 4));
        let (ones, zeros) = all
            .iter()
            .map(Uuid::as_u128)
            .fold((0, 0), |(ones, zeros), bits| (ones | bits, zeros | !bits));
        assert_eq!((!ones).count_ones() + (!zeros).count_ones(), 6);
    }

    /// The expected numbers come from the reference implementation by the generator's authors.
    #[test]
    fn the_generator_is_xoroshiro128_plus_plus() {
        let mut generator = UuidGenerator(1, 2);
        let drawn: Vec<_> = (0..2).map(|_| generator.next()).collect();
        assert_eq!(drawn, [393_217, 669_327_710_093_319]);
    }

    #[test]
    fn all_bits_except_version_and_variant_vary() {
        let (ones, zeros) = (0..1000)
            .map(|_| uuid(0).as_u128())
            .fold((0, 0), |(ones, zeros), bits| (ones | bits, zeros | !bits));
        assert_eq!((!ones).count_ones() + (!zeros).count_ones(), 6);
    }

    #[test]
    fn fractions_are_spread() {
        let drawn: Vec<_> = (0..1000).map(|_| fraction()).collect();
        assert!(drawn.iter().all(|f| (0.0..=1.0).contains(f)));
        assert!(drawn.iter().any(|f| *f < 0.1) && drawn.iter().any(|f| *f > 0.9));
    }
}
