//! The memory that `Conversations` uses for one conversation. `docs/scale.md` shows the results.
//!
//! This is a separate test binary, because `allocation_counter` replaces the allocator. It counts
//! per thread, so other tests do not change the results.
#![allow(clippy::unwrap_used, reason = "tests panic on failure")]

use std::io;

use copilot_track::{Conversations, Tracker, User};
use copilot_track_tests::{TEST_TIMEOUT, block_on};

/// The maximum number of bytes per conversation, next to its id and its user's id.
const MAX_BYTES: usize = 600;

/// With this number of conversations, their table has just grown, so most of its places are free.
const CONVERSATIONS: usize = 225;

/// The size of a conversation's id: two reference counts and eight characters.
const ID_BYTES: usize = 24;

/// Returns the number of bytes that each of many conversations uses after this number of messages.
fn bytes_per_conversation(messages: usize) -> usize {
    let tracker = Tracker::builder().json_lines(io::sink()).build().unwrap();
    let conversations = Conversations::builder(&tracker).build();
    let user = User::known("123").unwrap();
    for number in 0..CONVERSATIONS {
        let id = format!("c-{number:06}");
        let conversation = block_on(conversations.open(id, user.clone())).unwrap();
        for message in 0..messages {
            if message % 2 == 0 {
                conversation.message_sent("Is it in stock?");
            } else {
                conversation.message_received("Three are left");
            }
        }
    }
    // Queued events share data with the conversations.
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).complete);
    let freed = allocation_counter::measure(|| drop(conversations));
    usize::try_from(-freed.bytes_current).unwrap() / CONVERSATIONS - ID_BYTES
}

#[test]
fn a_conversation_uses_at_most_600_bytes() {
    for messages in [0, 1, 32, 40] {
        let bytes = bytes_per_conversation(messages);
        println!("{messages} messages: {bytes} bytes");
        assert!(bytes <= MAX_BYTES, "{messages} messages: {bytes} bytes");
        assert!(bytes > 200, "the measurement found only {bytes} bytes");
    }
}
