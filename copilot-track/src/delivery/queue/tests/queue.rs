#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::{Arc, mpsc};
use std::time::{Duration, SystemTime};

use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef, Identity};
use crate::delivery::queue::chunk::{CHUNK_EVENTS, Chunk, QueuedEvent};
use crate::delivery::queue::chunk_pool::MAX_POOLED_CHUNKS;
use crate::delivery::queue::limits::QueueLimits;
use crate::delivery::queue::overflow_policy::Overflow;
use crate::delivery::queue::queue::{Queue, SHARDS};
use crate::event::user::User;
use crate::ledger::counters::Counters;
use crate::util::sync::thread;

fn envelope(traits: &str) -> Envelope {
    Envelope {
        id: None,
        timestamp: SystemTime::UNIX_EPOCH,
        call: ApiCall::Identify(Ok(traits.into())),
    }
}

fn push(queue: &Queue, shard: usize, traits: &str) -> bool {
    queue.push(shard, EventContextRef::NONE, envelope(traits))
}

fn queue(events: usize, bytes: usize, overflow: Overflow) -> (Arc<Queue>, Arc<Counters>) {
    let counters = Arc::new(Counters::default());
    let limits = QueueLimits {
        events,
        bytes,
        overflow,
    };
    (
        Arc::new(Queue::new(limits, Arc::clone(&counters))),
        counters,
    )
}

fn text(queued: &QueuedEvent) -> String {
    match &queued.envelope.call {
        ApiCall::Identify(Ok(traits)) => traits.to_string(),
        _ => String::new(),
    }
}

fn waiting(queue: &Queue) -> Vec<String> {
    queue.collect();
    let (mut chunk, mut texts) = (Chunk::default(), Vec::new());
    while queue.next_chunk(&mut chunk) {
        while let Some(queued) = chunk.pop() {
            texts.push(text(&queued));
        }
    }
    texts
}

/// Removes the oldest event, as if it had been encoded.
fn complete_oldest(queue: &Queue) {
    queue.collect();
    let oldest = queue.pop_oldest().unwrap();
    queue.release(1, oldest.size);
}

fn lost(counters: &Counters) -> u64 {
    counters.read().dropped.queue_full
}

#[test]
fn it_is_bounded_by_events() {
    let (queue, counters) = queue(2, usize::MAX, Overflow::DropNewest);
    for shard in 0..3 {
        assert!(push(&queue, shard, ""));
    }
    assert_eq!(lost(&counters), 1);
    let mut chunk = Chunk::default();
    assert_eq!(queue.collect(), 2);
    assert!(queue.next_chunk(&mut chunk));
    // Room is freed when an event has been encoded, not when its chunk is taken.
    push(&queue, 0, "");
    assert_eq!(lost(&counters), 2);
    let queued = chunk.pop().unwrap();
    queue.release(1, queued.size);
    push(&queue, 0, "");
    assert_eq!(lost(&counters), 2);
}

#[test]
fn it_is_bounded_by_bytes_but_admits_one_large_event() {
    let (queue, counters) = queue(10, 1000, Overflow::DropNewest);
    push(&queue, 0, &"x".repeat(5000));
    assert_eq!(lost(&counters), 0);
    push(&queue, 0, "");
    assert_eq!(lost(&counters), 1);
}

#[test]
fn the_oldest_events_make_room() {
    let (queue, counters) = queue(3, usize::MAX, Overflow::DropOldest);
    for n in 0..3 {
        push(&queue, 0, &n.to_string());
    }
    // Some events are in the backlog, and some are in the shard.
    assert_eq!(queue.collect(), 3);
    for n in 3..7 {
        push(&queue, 0, &n.to_string());
    }
    assert_eq!(waiting(&queue), ["4", "5", "6"]);
    assert_eq!(lost(&counters), 4);
}

#[test]
fn a_large_event_replaces_only_one_event() {
    let small = envelope("").size();
    let (queue, counters) = queue(100, small * 3, Overflow::DropOldest);
    for n in 0..3 {
        push(&queue, 0, &n.to_string());
    }
    push(&queue, 0, &"x".repeat(10 * small));
    assert_eq!(waiting(&queue).len(), 3);
    assert_eq!(lost(&counters), 1);
}

/// Returns traits that cannot be cut.
fn list(bytes: usize) -> String {
    format!("{{\"list\":[\"{}\"]}}", "x".repeat(bytes))
}

#[test]
fn large_events_take_up_half_of_the_queue_and_replace_nothing() {
    for overflow in [Overflow::DropNewest, Overflow::DropOldest] {
        let (queue, counters) = queue(1_000, 1_000_000, overflow);
        push(&queue, 0, "small");
        for _ in 0..8 {
            push(&queue, 0, &list(100_000));
        }
        assert_eq!(lost(&counters), 4);
        push(&queue, 0, "small");
        assert_eq!(lost(&counters), 4);
        let texts = waiting(&queue);
        assert_eq!(texts.len(), 6);
        assert!(texts[0] == "small" && texts[5] == "small");
    }
}

#[test]
fn an_empty_queue_has_room_for_an_event_of_any_size() {
    for limit in [1, 100_000, 10_000_000] {
        let (queue, counters) = queue(10, limit, Overflow::DropOldest);
        push(&queue, 0, &list(20_000_000));
        assert_eq!(lost(&counters), 0);
        assert_eq!(waiting(&queue).len(), 1);
    }
}

#[test]
fn long_strings_are_cut_when_an_event_is_queued() {
    let (queue, _) = queue(10, usize::MAX, Overflow::DropNewest);
    push(
        &queue,
        0,
        &format!("{{\"text\":\"{}\"}}", "x".repeat(5_000_000)),
    );
    queue.collect();
    let queued = queue.pop_oldest().unwrap();
    assert!(text(&queued).len() < 65_000 && queued.size < 65_000);
    assert!(text(&queued).contains("[truncated: 5000000 bytes, 5000000 characters in full]"));
}

#[test]
fn a_blocked_caller_continues_when_there_is_room() {
    let (queue, counters) = queue(1, usize::MAX, Overflow::Block(Duration::from_secs(60)));
    push(&queue, 0, "first");
    let (pushed, ended) = mpsc::channel();
    let other = Arc::clone(&queue);
    let thread = thread::spawn(move || {
        push(&other, 0, "second");
        let _ = pushed.send(());
    });
    while !queue.space.has_waiters() {
        thread::yield_now();
    }
    assert!(ended.try_recv().is_err());
    complete_oldest(&queue);
    ended.recv().unwrap();
    thread.join().unwrap();
    assert_eq!(waiting(&queue), ["second"]);
    assert_eq!(lost(&counters), 0);
}

#[test]
fn a_blocked_caller_stops_waiting_on_timeout_or_close() {
    let (full, counters) = queue(1, usize::MAX, Overflow::Block(Duration::from_millis(5)));
    push(&full, 0, "");
    assert!(push(&full, 0, ""));
    assert_eq!(lost(&counters), 1);

    let (full, _) = queue(1, usize::MAX, Overflow::Block(Duration::MAX));
    push(&full, 0, "");
    let other = Arc::clone(&full);
    let thread = thread::spawn(move || push(&other, 0, ""));
    while !full.space.has_waiters() {
        thread::yield_now();
    }
    full.close();
    thread.join().unwrap();
}

#[test]
fn the_delivery_thread_never_waits_for_itself() {
    let (queue, counters) = queue(1, usize::MAX, Overflow::Block(Duration::MAX));
    queue.register_worker_thread();
    push(&queue, 0, "");
    push(&queue, 0, "");
    assert_eq!(lost(&counters), 1);
}

#[test]
fn a_closed_queue_admits_nothing() {
    let (queue, _) = queue(10, 10_000, Overflow::DropNewest);
    assert!(push(&queue, 3, ""));
    queue.close();
    assert!(!push(&queue, 3, ""));
    assert_eq!(queue.collect(), 1);
}

#[tokio::test]
async fn it_wakes_the_worker_when_half_full() {
    let (queue, _) = queue(4, usize::MAX, Overflow::DropNewest);
    push(&queue, 0, "");
    push(&queue, 0, "");
    queue.wake_worker.notified().await;
}

#[test]
fn a_shard_keeps_the_order() {
    let (queue, _) = queue(1_000, usize::MAX, Overflow::DropNewest);
    let order: Vec<_> = (0..10 + CHUNK_EVENTS).map(|n| n.to_string()).collect();
    for n in &order {
        push(&queue, 5, n);
    }
    assert_eq!(waiting(&queue), order);
}

#[test]
fn the_limit_is_exact_over_all_shards() {
    let (queue, counters) = queue(8192, usize::MAX, Overflow::DropNewest);
    for shard in 0..SHARDS {
        push(&queue, shard, "");
    }
    assert_eq!(queue.usage.events(), SHARDS);
    assert_eq!(queue.collect(), SHARDS as u64);
    assert_eq!(queue.usage.events(), SHARDS);
    for _ in SHARDS..8192 {
        push(&queue, 1, "");
    }
    assert_eq!(lost(&counters), 0);
    push(&queue, 2, "");
    assert_eq!(lost(&counters), 1);
    assert_eq!(waiting(&queue).len(), 8192);
}

#[test]
fn limits_that_the_queue_cannot_count_are_lowered() {
    let (queue, counters) = queue(usize::MAX, usize::MAX, Overflow::DropNewest);
    assert_eq!(queue.limits.events, (1 << 28) - 1);
    assert_eq!(queue.limits.bytes, (1 << 35) - 1);
    // The bytes do not affect the number of events.
    let size = queue.limits.reserved(usize::MAX);
    assert_eq!(size, queue.limits.bytes / 2);
    assert!(queue.usage.try_reserve(size, &queue.limits).is_some());
    assert!(queue.usage.try_reserve(size, &queue.limits).is_none());
    assert!(queue.usage.try_reserve(1, &queue.limits).is_some());
    assert_eq!(queue.usage.events(), 2);
    queue.release(2, size + 1);
    assert!(queue.usage.is_at_most_half(&queue.limits));
    assert_eq!((queue.usage.events(), lost(&counters)), (0, 0));
}

#[test]
fn the_oldest_events_of_all_chunks_are_dropped() {
    let (queue, counters) = queue(CHUNK_EVENTS * 2, usize::MAX, Overflow::DropOldest);
    for n in 0..CHUNK_EVENTS * 5 {
        push(&queue, 3, &n.to_string());
        if n == CHUNK_EVENTS + 7 {
            queue.collect();
        }
    }
    let left: Vec<_> = (CHUNK_EVENTS * 3..CHUNK_EVENTS * 5)
        .map(|n| n.to_string())
        .collect();
    assert_eq!(waiting(&queue), left);
    assert_eq!(lost(&counters), CHUNK_EVENTS as u64 * 3);
    assert_eq!(queue.usage.events(), CHUNK_EVENTS * 2);
}

#[test]
fn an_event_keeps_its_context() {
    let (queue, _) = queue(100, usize::MAX, Overflow::DropNewest);
    let identities: Vec<_> = (0..6)
        .map(|_| Arc::new(Identity::new(User::new_anonymous(), None)))
        .collect();
    let order = [0, 1, 0, 0, 2, 3, 4, 5, 0, 5];
    for n in order {
        let context = EventContextRef::of(&identities[n]);
        queue.push(0, context, envelope(&n.to_string()));
    }
    queue.collect();
    let mut chunk = Chunk::default();
    queue.next_chunk(&mut chunk);
    for n in order {
        let queued = chunk.pop().unwrap();
        assert_eq!(text(&queued), n.to_string());
        let context = chunk.context(&queued);
        assert!(Arc::ptr_eq(context.identity.unwrap(), &identities[n]));
    }
}

#[test]
fn emissions_are_counted() {
    let (queue, counters) = queue(2, usize::MAX, Overflow::DropNewest);
    for shard in [0, 1, 7, 7] {
        push(&queue, shard, "");
    }
    queue.close();
    push(&queue, 7, "");
    let ledger = counters.read();
    assert_eq!((ledger.emitted, ledger.dropped.queue_full), (5, 2));
}

#[test]
fn chunks_are_reused_and_the_pool_is_bounded() {
    let (queue, _) = queue(usize::MAX, usize::MAX, Overflow::DropNewest);
    let burst = |chunks: usize| {
        for _ in 0..chunks * CHUNK_EVENTS {
            push(&queue, 0, "");
        }
        waiting(&queue);
    };
    burst(3);
    assert_eq!(queue.pool.len(), 3);
    burst(3);
    assert_eq!(queue.pool.len(), 3);
    burst(MAX_POOLED_CHUNKS * 2);
    assert_eq!(queue.pool.len(), MAX_POOLED_CHUNKS);
}

#[test]
fn each_chunk_starts_at_the_number_of_its_first_event() {
    let (queue, _) = queue(3 * CHUNK_EVENTS, 1 << 30, Overflow::DropNewest);
    for _ in 0..2 * CHUNK_EVENTS {
        assert!(push(&queue, 0, "{}"));
        queue.collect();
    }
    let mut next = 0;
    for _ in 0..2 {
        let mut chunk = Chunk::default();
        assert!(queue.next_chunk(&mut chunk));
        assert_eq!(chunk.first(), next);
        next += chunk.len() as u64;
    }
    assert!(next > CHUNK_EVENTS as u64);
}

#[cfg(feature = "spool")]
#[test]
fn the_latest_state_of_the_disk_applies() {
    let (queue, _) = queue(1, 1_000, Overflow::SpillToDisk);
    assert!(!queue.is_disk_stuck());
    for stuck in [true, true, false] {
        queue.set_disk_stuck(stuck);
        assert_eq!(queue.is_disk_stuck(), stuck);
    }
}

#[cfg(feature = "spool")]
#[test]
fn a_caller_that_waits_less_than_the_policy_allows_does_not_tell_that_the_disk_is_stuck() {
    let (queue, _) = queue(1, 1_000, Overflow::SpillToDisk);
    push(&queue, 0, "");
    let max_wait = Some(Duration::from_millis(5));
    assert!(queue.make_room(1, max_wait).is_none());
    assert!(!queue.is_disk_stuck());
}
