//! The ids of a conversation's latest messages, which show that a request was repeated.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use crate::event::ids::message_id::MessageId;

/// The number of messages that are remembered.
const REMEMBERED: usize = 32;

/// The hasher of all conversations. Its keys are random, so nobody can construct ids with equal
/// hashes.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The first 48 bits of a hash. The probability that a new message has the hash of one of 32 others
/// is about 10⁻¹³.
type ShortHash = [u8; 6];

/// The hashes of the ids of a conversation's latest messages, the oldest first.
///
/// Each hash is allocated when it is added, because a service can have many conversations, and most
/// of them are short.
#[derive(Debug, Default)]
pub(super) struct RecentMessages {
    hashes: Box<[ShortHash]>,
}

impl RecentMessages {
    /// Adds a message. Returns `false` if it was already added.
    pub(super) fn add(&mut self, name: &str, id: &MessageId) -> bool {
        let [hash @ .., _, _] = HASHER.hash_one((name, id)).to_be_bytes();
        if self.hashes.contains(&hash) {
            return false;
        }
        let mut hashes = std::mem::take(&mut self.hashes).into_vec();
        if hashes.len() == REMEMBERED {
            hashes.remove(0);
        }
        hashes.reserve_exact(1);
        hashes.push(hash);
        self.hashes = hashes.into_boxed_slice();
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
