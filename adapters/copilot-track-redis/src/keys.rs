//! The names of keys.

use std::fmt::Write as _;

use copilot_track::ConversationId;

/// The version of the format. A change that older processes cannot read needs a new version.
const VERSION: u32 = 1;
/// The number of parts of the index of activity. On a cluster, the parts are on different servers.
pub(crate) const INDEX_PARTS: u32 = 16;

/// The names of keys.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    prefix: String,
}

impl Keys {
    pub(crate) fn new(prefix: &str) -> Self {
        Self {
            prefix: format!("{prefix}:{VERSION}"),
        }
    }

    /// Returns the key of a conversation. The braces select the cluster slot.
    pub(crate) fn conversation(&self, id: &ConversationId) -> String {
        format!("{}:{{{}}}", self.prefix, tag(id))
    }

    /// Returns the key of the messages and updates that are known.
    pub(crate) fn known(&self, id: &ConversationId) -> String {
        format!("{}:{{{}}}:known", self.prefix, tag(id))
    }

    /// Returns the key of a part of the index of activity.
    pub(crate) fn index(&self, part: u32) -> String {
        format!("{}:{{active-{part}}}", self.prefix)
    }

    /// Returns the key of the ledgers of all replicas.
    pub(crate) fn ledgers(&self) -> String {
        format!("{}:ledgers", self.prefix)
    }
}

/// Returns the part of the index that contains a conversation.
pub(crate) fn index_part(id: &ConversationId) -> u32 {
    // FNV-1a, which must not change between versions of the standard library.
    let hash = id.as_str().bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    hash % INDEX_PARTS
}

/// Returns the id without braces, which would end the part of the key that selects the slot. The
/// first character keeps conversations apart from the parts of the index.
fn tag(id: &ConversationId) -> String {
    let mut tag = String::from("c-");
    for character in id.as_str().chars() {
        match character {
            '{' | '}' | '%' => {
                // Writing to a string cannot fail.
                let _ = write!(tag, "%{:02X}", u32::from(character));
            }
            _ => tag.push(character),
        }
    }
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_a_conversation_share_a_slot() {
        let keys = Keys::new("app");
        let id = ConversationId::new("a}{b%").unwrap();
        assert_eq!(keys.conversation(&id), "app:1:{c-a%7D%7Bb%25}");
        assert_eq!(keys.known(&id), "app:1:{c-a%7D%7Bb%25}:known");
        let other = ConversationId::new("a%7D{b%").unwrap();
        assert_ne!(keys.conversation(&id), keys.conversation(&other));
        assert_eq!(keys.index(3), "app:1:{active-3}");
    }

    #[test]
    fn conversations_are_spread_over_the_index() {
        let part = |number: u32| index_part(&ConversationId::new(number.to_string()).unwrap());
        let parts: std::collections::HashSet<_> = (0..1_000).map(part).collect();
        assert_eq!(parts.len(), INDEX_PARTS as usize);
    }
}
