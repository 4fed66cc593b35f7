//! Tests of the contexts of a chunk.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef, Identity};
use crate::delivery::queue::chunk::{CHUNK_EVENTS, Chunk, MAX_CONTEXTS, QueuedEvent};
use crate::event::context::event_context::Context;
use crate::event::user::User;

fn identity(context: &Arc<Context>) -> Arc<Identity> {
    let user = User::known("u").unwrap();
    Arc::new(Identity {
        context: Some(Arc::clone(context)),
        ..Identity::new(user, None)
    })
}

/// Adds an event without a size, and returns the size that was reserved for its context.
fn push(chunk: &mut Chunk, identity: &Arc<Identity>) -> usize {
    let envelope = Envelope {
        id: None,
        timestamp: SystemTime::UNIX_EPOCH,
        call: ApiCall::Alias("".into()),
    };
    let mut reserved = 0;
    let reserve = |bytes| reserved = bytes;
    chunk.push(EventContextRef::of(identity), envelope, 0, reserve);
    assert_eq!(chunk.events.back().map(|event| event.size), Some(reserved));
    reserved
}

fn identity_of(chunk: &Chunk, event: &QueuedEvent) -> *const Identity {
    Arc::as_ptr(chunk.context(event).identity.unwrap())
}

#[test]
fn the_size_of_a_context_counts_once() {
    let context = |text: &str| Arc::new(Context::new().set("text", text));
    let (small, large) = (context("x"), context(&"x".repeat(1_000)));
    let mut chunk = Chunk::default();
    let sizes = [&small, &large, &large, &small].map(|context| {
        let identity = identity(context);
        let size = push(&mut chunk, &identity);
        assert_eq!(push(&mut chunk, &identity), 0);
        size
    });
    let [first, second, third, fourth] = sizes;
    assert_eq!(second, first + 999);
    // These events have another identity with the same context.
    assert!(third > 0 && third < first);
    assert_eq!(third, fourth);
    let other = identity(&context(&"x".repeat(2_000)));
    assert!(push(&mut chunk, &other) > 2_000);
}

#[test]
fn the_contexts_of_removed_events_are_removed() {
    let context = Arc::new(Context::new().locale("de"));
    let (mut chunk, mut merged) = (Chunk::with_capacity(), Chunk::with_capacity());
    let mut expected = VecDeque::new();
    let shared = identity(&context);
    for number in 0..20 * CHUNK_EVENTS {
        // Some events have the context of an earlier one.
        let own = identity(&context);
        for identity in [&own, &shared, &own] {
            push(&mut chunk, identity);
            expected.push_back(Arc::clone(identity));
        }
        if number % 7 == 0 {
            while merged.len() + chunk.len() > CHUNK_EVENTS {
                let event = merged.pop().unwrap();
                let identity = expected.pop_front().unwrap();
                assert_eq!(identity_of(&merged, &event), Arc::as_ptr(&identity));
            }
            assert!(merged.try_append(&mut chunk));
        }
        assert!(merged.contexts.len() <= 2 * MAX_CONTEXTS);
    }
    while let Some(event) = merged.pop() {
        let identity = expected.pop_front().unwrap();
        assert_eq!(identity_of(&merged, &event), Arc::as_ptr(&identity));
    }
    // The same happens while events are only added and removed.
    let mut chunk = Chunk::default();
    for _ in 0..20 * CHUNK_EVENTS {
        let own = identity(&context);
        push(&mut chunk, &own);
        let event = chunk.pop().unwrap();
        assert!(chunk.contexts.len() <= MAX_CONTEXTS);
        assert_eq!(identity_of(&chunk, &event), Arc::as_ptr(&own));
    }
}
