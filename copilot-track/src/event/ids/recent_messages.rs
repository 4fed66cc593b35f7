//! The ids of a conversation's latest messages, which show that a request was repeated.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::LazyLock;

use crate::event::ids::message_id::MessageId;

/// The number of messages that are remembered.
const REMEMBERED: u8 = 32;
/// The number of messages in a block.
const BLOCK: usize = 8;

/// The hasher of all conversations. Its keys are random, so nobody can construct ids with equal
/// hashes.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The hashes of the ids of a conversation's latest messages.
///
/// A block is allocated when a message needs it, because a service can have many conversations, and
/// most of them are short.
#[derive(Debug, Default)]
pub(super) struct RecentMessages {
    blocks: Box<[Block]>,
    /// The place of the next message. If all places are used, this is the place of the oldest one.
    next: u8,
}

/// The hashes of up to eight messages. A place that is not used has the hash 0.
///
/// The parts of the hashes are in separate arrays, so that the compiler compares several of them
/// with one instruction.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    heads: [u32; BLOCK],
    tails: [u16; BLOCK],
}

/// 48 bits of a hash. The probability that a new message has the hash of one of 32 others
/// is about 10⁻¹³.
#[derive(Debug, Clone, Copy)]
struct ShortHash {
    head: u32,
    tail: u16,
}

impl RecentMessages {
    /// Adds a message. Returns `false` if it was already added.
    pub(super) fn add(&mut self, from_customer: bool, id: &MessageId) -> bool {
        let hash = ShortHash::new(from_customer, id);
        if self.blocks.iter().any(|block| block.contains(hash)) {
            return false;
        }
        let place = usize::from(self.next);
        if place == self.blocks.len() * BLOCK {
            self.add_block();
        }
        if let Some(block) = self.blocks.get_mut(place / BLOCK) {
            block.heads[place % BLOCK] = hash.head;
            block.tails[place % BLOCK] = hash.tail;
        }
        self.next = (self.next + 1) % REMEMBERED;
        true
    }

    #[cold]
    fn add_block(&mut self) {
        let mut blocks = std::mem::take(&mut self.blocks).into_vec();
        blocks.reserve_exact(1);
        blocks.push(Block::default());
        self.blocks = blocks.into_boxed_slice();
    }
}

impl Block {
    fn contains(&self, hash: ShortHash) -> bool {
        // Without an early return, the comparison has no branches.
        let count = |count, head: &u32| count + u32::from(*head == hash.head);
        self.heads.iter().fold(0, count) > 0
            && (self.heads.iter().zip(&self.tails))
                .any(|(head, tail)| (*head, *tail) == (hash.head, hash.tail))
    }
}

impl ShortHash {
    fn new(from_customer: bool, id: &MessageId) -> Self {
        let mut hasher = HASHER.build_hasher();
        hasher.write(id.as_bytes());
        // The same id in the other direction is another message.
        let hash = hasher.finish() ^ (u64::from(from_customer) << 63);
        // Both conversions succeed.
        let (head, tail) = (u32::try_from(hash >> 32), u16::try_from(hash & 0xffff));
        Self {
            head: head.unwrap_or_default(),
            // A place that is not used has the hash 0.
            tail: tail.unwrap_or_default().max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> MessageId {
        MessageId::new(number.to_string()).unwrap()
    }

    #[test]
    fn the_latest_messages_are_remembered() {
        let mut recent = RecentMessages::default();
        // The places are used several times.
        let last = 3 * REMEMBERED + 5;
        for number in 0..=last {
            assert!(recent.add(true, &id(number)), "{number}");
            let oldest = (number + 1).saturating_sub(REMEMBERED);
            for number in oldest..=number {
                assert!(!recent.add(true, &id(number)), "{number}");
            }
        }
        let oldest = last + 1 - REMEMBERED;
        assert!(recent.add(true, &id(oldest - 1)), "it was forgotten");
        assert!(recent.add(true, &id(oldest)), "it was replaced just now");
        assert!(!recent.add(true, &id(oldest + 2)));
    }

    #[test]
    fn directions_are_different() {
        let mut recent = RecentMessages::default();
        assert!(recent.add(true, &id(1)));
        assert!(recent.add(false, &id(1)));
        assert!(!recent.add(true, &id(1)));
        assert!(!recent.add(false, &id(1)));
    }

    #[test]
    fn a_generated_id_equals_its_text() {
        let mut recent = RecentMessages::default();
        let generated = MessageId::from_uuid(uuid::Uuid::from_u128(1));
        assert!(recent.add(true, &generated));
        let parsed = MessageId::new(generated.as_str()).unwrap();
        assert!(!recent.add(true, &parsed));
    }

    #[test]
    fn short_conversations_use_one_block() {
        let mut recent = RecentMessages::default();
        assert!((0..8).all(|number| recent.add(true, &id(number))));
        assert_eq!(recent.blocks.len(), 1);
        assert!(recent.add(true, &id(8)));
        assert_eq!(recent.blocks.len(), 2);
    }
}
