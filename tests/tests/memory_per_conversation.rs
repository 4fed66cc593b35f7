//! The memory that `Conversations` uses for one conversation. `docs/scale.md` shows the results.
//!
//! This is a separate test binary, because `allocation_counter` replaces the allocator. It counts
//! per thread, so other tests do not change the results.
#![allow(clippy::unwrap_used, reason = "tests panic on failure")]

use std::io;

use copilot_track::testing::MemoryStore;
use copilot_track::{Conversation, Conversations, Tracker, User};
use copilot_track_tests::{TEST_TIMEOUT, block_on};

/// The maximum number of bytes per conversation without a store, next to its id and its user's id.
const MAX_BYTES: usize = 600;

/// The maximum number of bytes that a store adds to a conversation whose changes are written.
const MAX_STORE_BYTES: usize = 100;

/// With this number of conversations, their table has just grown, so most of its places are free.
const CONVERSATIONS: usize = 225;

/// The size of a conversation's id: two reference counts and eight characters.
const ID_BYTES: usize = 24;

/// Opens many conversations, and sends this number of messages in each of them. Returns their
/// handles once all events and changes are written.
fn converse(
    tracker: &Tracker,
    conversations: &Conversations,
    messages: usize,
) -> Vec<Conversation> {
    let user = User::known("123").unwrap();
    let mut open = Vec::new();
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
        open.push(conversation);
    }
    // Queued events share data with the conversations.
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).complete);
    open
}

fn freed_bytes(value: impl Sized) -> usize {
    let freed = allocation_counter::measure(|| drop(value));
    usize::try_from(-freed.bytes_current).unwrap() / CONVERSATIONS
}

/// Returns the number of bytes that each of many conversations uses after this number of messages.
fn bytes_per_conversation(messages: usize) -> usize {
    let tracker = Tracker::builder().json_lines(io::sink()).build().unwrap();
    let conversations = Conversations::builder(&tracker).build();
    drop(converse(&tracker, &conversations, messages));
    freed_bytes(conversations) - ID_BYTES
}

/// Returns the number of bytes of the handles to many conversations, per conversation. The thread
/// of the store frees the table of the conversations, so it is not a part of the result.
fn bytes_per_handle(messages: usize, with_store: bool) -> usize {
    let tracker = Tracker::builder().json_lines(io::sink()).build().unwrap();
    let mut builder = Conversations::builder(&tracker);
    if with_store {
        builder = builder.store(MemoryStore::new());
    }
    let conversations = builder.build();
    let open = converse(&tracker, &conversations, messages);
    drop(conversations);
    freed_bytes(open)
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

#[test]
fn a_store_adds_at_most_100_bytes() {
    for messages in [0, 1, 32, 40] {
        let [without, with] = [false, true].map(|store| bytes_per_handle(messages, store));
        let added = with - without;
        println!("{messages} messages: {added} bytes more with a store");
        assert!(
            added <= MAX_STORE_BYTES,
            "{messages} messages: {added} bytes"
        );
        assert!(added > 0, "the measurement found nothing");
    }
}
