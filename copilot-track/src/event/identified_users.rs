//! Remembers which users and traits have been sent in Identify calls.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use crate::event::user::User;
use crate::util::json::members::Members;

/// The users and traits that have been sent in Identify calls, as hashes.
///
/// It holds at most twice `max_entries` entries of 16 bytes: when `recent` is full, its entries
/// replace those of `older`.
#[derive(Debug)]
pub(crate) struct IdentifiedUsers {
    max_entries: usize,
    hasher: RandomState,
    /// Maps the combined hash of a user and a trait name to the hash of the trait's value. Maps the
    /// hash of a user to 0.
    recent: HashMap<u64, u64>,
    older: HashMap<u64, u64>,
}

impl IdentifiedUsers {
    /// Creates an empty set without allocating memory. The set remembers at least the last
    /// `max_entries` entries. A user is one entry, and so is each trait of a user.
    pub(crate) fn new(max_entries: usize) -> Self {
        Self {
            max_entries,
            hasher: RandomState::new(),
            recent: HashMap::new(),
            older: HashMap::new(),
        }
    }

    /// Adds a user and the user's traits, which are given as a JSON object. Returns whether the
    /// user or the value of a trait is new.
    pub(crate) fn add(&mut self, user: &User, traits: &str) -> bool {
        let Some(traits) = Members::of(traits) else {
            return true;
        };
        let mut entries = vec![(self.hasher.hash_one(user), 0)];
        entries.extend(traits.iter().map(|(name, value)| {
            let key = self.hasher.hash_one((user, name));
            (key, self.hasher.hash_one(value.get()))
        }));
        let is_new = !entries.iter().all(|(key, value)| self.has(*key, *value));
        if entries.len() > self.max_entries {
            return true;
        }
        if self.recent.len() + entries.len() > self.max_entries {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.extend(entries);
        is_new
    }

    /// Returns whether a user was added.
    pub(crate) fn contains(&self, user: &User) -> bool {
        self.has(self.hasher.hash_one(user), 0)
    }

    fn has(&self, key: u64, value: u64) -> bool {
        let known = self.recent.get(&key).or_else(|| self.older.get(&key));
        known == Some(&value)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn user(id: &str) -> User {
        User::known(id).unwrap()
    }

    #[test]
    fn only_a_new_user_or_value_is_new() {
        let mut users = IdentifiedUsers::new(64);
        let (ada, bob) = (user("ada"), user("bob"));
        assert!(users.add(&ada, "{}"));
        assert!(!users.add(&ada, "{}"));
        assert!(!users.contains(&bob));
        assert!(users.add(&bob, "{}"));
        assert!(users.contains(&bob));
        assert!(users.add(&ada, r#"{"plan":"pro"}"#));
        assert!(users.add(&ada, r#"{"plan":"pro","seats":2}"#));
        assert!(!users.add(&ada, r#"{"seats":2}"#));
        assert!(!users.add(&ada, "{}"));
        for plan in [r#"{"plan":"free"}"#, r#"{"plan":"pro"}"#] {
            assert!(users.add(&ada, plan));
            assert!(!users.add(&ada, plan));
        }
        assert!(users.add(&bob, r#"{"plan":"pro"}"#));
        assert!(users.add(&user("ada").and_known("eve").unwrap(), "{}"));
    }

    #[test]
    fn the_number_of_entries_is_limited() {
        let mut users = IdentifiedUsers::new(10);
        for number in 0..100 {
            assert!(users.add(&user(&number.to_string()), r#"{"plan":"pro"}"#));
            assert!(users.recent.len() <= 10 && users.older.len() <= 10);
        }
        for number in 95..100 {
            assert!(!users.add(&user(&number.to_string()), r#"{"plan":"pro"}"#));
        }
        assert!(users.add(&user("0"), "{}"));
        // Two users with one trait each use all of the four entries.
        let mut users = IdentifiedUsers::new(4);
        for id in ["ada", "bob"] {
            assert!(users.add(&user(id), r#"{"plan":"pro"}"#));
        }
        assert_eq!((users.recent.len(), users.older.len()), (4, 0));
        // Four entries are not too many.
        let traits = r#"{"a":1,"b":2,"c":3}"#;
        assert!(users.add(&user("eve"), traits) && !users.add(&user("eve"), traits));
        let mut users = IdentifiedUsers::new(10);
        let many: BTreeMap<_, _> = (0..20).map(|n| (n.to_string(), n)).collect();
        let many = serde_json::to_string(&many).unwrap();
        for _ in 0..2 {
            assert!(users.add(&user("1"), &many), "too many traits to remember");
        }
    }
}
