//! The ids of a conversation's latest messages, which show that a request was repeated.

use std::hash::{BuildHasher as _, RandomState};

use crate::event::ids::message_id::MessageId;

/// The number of messages that are remembered.
const REMEMBERED: usize = 32;

/// The hashes of the ids of a conversation's latest messages.
#[derive(Debug, Default)]
pub(super) struct RecentMessages {
    hasher: RandomState,
    hashes: Vec<u64>,
    /// The position of the next hash, once all positions are used.
    next: usize,
}

impl RecentMessages {
    /// Adds a message. Returns `false` if it was already added.
    pub(super) fn add(&mut self, name: &str, id: &MessageId) -> bool {
        let hash = self.hasher.hash_one((name, id));
        if self.hashes.contains(&hash) {
            return false;
        }
        if self.hashes.len() < REMEMBERED {
            self.hashes.push(hash);
        } else {
            if let Some(oldest) = self.hashes.get_mut(self.next) {
                *oldest = hash;
            }
            self.next = (self.next + 1) % REMEMBERED;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_messages_are_remembered() {
        let mut recent = RecentMessages::default();
        let id = |number: usize| MessageId::new(number.to_string()).unwrap();
        assert!((0..REMEMBERED).all(|number| recent.add("Message Sent", &id(number))));
        assert!((0..REMEMBERED).all(|number| !recent.add("Message Sent", &id(number))));
        assert!(
            recent.add("Message Received", &id(REMEMBERED - 1)),
            "another event"
        );
        assert!(
            recent.add("Message Sent", &id(0)),
            "the oldest was forgotten"
        );
        assert!(!recent.add("Message Sent", &id(2)));
    }
}
