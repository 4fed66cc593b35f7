//! Counts by name, for names that come from events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The maximum number of names that are counted separately.
const MAX_NAMES: usize = 200;

/// Counts by name. The first names are counted separately, and all others together, so that events
/// with many different names cannot make the counts large.
///
/// A name whose counts drop to zero is kept. A name is therefore always counted in the same place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CountsByName<T> {
    named: BTreeMap<String, T>,
    others: T,
}

impl<T: Default> Default for CountsByName<T> {
    fn default() -> Self {
        Self {
            named: BTreeMap::new(),
            others: T::default(),
        }
    }
}

impl<T: Default> CountsByName<T> {
    /// Returns the counts of a name.
    pub(super) fn get_mut(&mut self, name: &str) -> &mut T {
        // The name is copied only if it is new.
        if self.named.len() < MAX_NAMES && !self.named.contains_key(name) {
            self.named.insert(name.to_owned(), T::default());
        }
        self.named.get_mut(name).unwrap_or(&mut self.others)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.named
            .iter()
            .map(|(name, counts)| (name.as_str(), counts))
    }

    /// Returns the counts of all names that are not counted separately.
    pub(super) fn others(&self) -> &T {
        &self.others
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_names_are_counted_together_and_always_in_the_same_place() {
        let mut counts = CountsByName::<u64>::default();
        for number in 0..1_000 {
            *counts.get_mut(&format!("name {number}")) += 1;
        }
        assert_eq!((counts.iter().count(), *counts.others()), (MAX_NAMES, 800));
        *counts.get_mut("name 0") -= 1;
        *counts.get_mut("name 999") -= 1;
        assert_eq!((counts.iter().count(), *counts.others()), (MAX_NAMES, 799));
    }
}
