#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::{Arc, mpsc};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;

use crate::delivery::envelope::{AboutRef, Call, Envelope, Identity};
use crate::delivery::queue::bounded::{Queue, SHARDS};
use crate::delivery::queue::chunk::{CHUNK, Chunk, Queued};
use crate::delivery::queue::chunk_pool::{FIRST_SPARES, SPARES};
use crate::delivery::queue::limits::Bounds;
use crate::delivery::queue::overflow::Overflow;
use crate::event::user::User;
use crate::ledger::counters::Counters;
use crate::util::sync::{Ordering, thread};

fn envelope(traits: &str) -> Envelope {
    Envelope {
        id: None,
        timestamp: SystemTime::UNIX_EPOCH,
        call: Call::Identify(Ok(traits.into())),
    }
}

fn push(queue: &Queue, shard: usize, traits: &str) -> bool {
    queue.push(shard, AboutRef::NOBODY, envelope(traits))
}

fn queue(events: usize, bytes: usize, overflow: Overflow) -> (Arc<Queue>, Arc<Counters>) {
    let counters = Arc::new(Counters::default());
    let bounds = Bounds {
        events,
        bytes,
        overflow,
    };
    (
        Arc::new(Queue::new(bounds, Arc::clone(&counters))),
        counters,
    )
}

fn text(queued: &Queued) -> String {
    match &queued.envelope.call {
        Call::Identify(Ok(traits)) => traits.to_string(),
        _ => String::new(),
    }
}

fn waiting(queue: &Queue) -> Vec<String> {
    queue.take();
    let (mut stretch, mut texts) = (Chunk::default(), Vec::new());
    while queue.pull(&mut stretch) {
        while let Some(queued) = stretch.pop() {
            texts.push(text(&queued));
        }
    }
    texts
}

/// Takes the oldest event, as if it had become JSON.
fn done(queue: &Queue) {
    queue.take();
    let oldest = queue.evict().unwrap();
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
    let mut stretch = Chunk::default();
    assert_eq!(queue.take(), 2);
    assert!(queue.pull(&mut stretch));
    // Room is given back when an envelope is done, not when it is taken.
    push(&queue, 0, "");
    assert_eq!(lost(&counters), 2);
    let queued = stretch.pop().unwrap();
    queue.release(1, queued.size);
    push(&queue, 0, "");
    assert_eq!(lost(&counters), 2);
}

#[test]
fn it_is_bounded_by_bytes_and_lets_one_large_event_in() {
    let (queue, counters) = queue(10, 1000, Overflow::DropNewest);
    push(&queue, 0, &"x".repeat(5000));
    assert_eq!(lost(&counters), 0);
    push(&queue, 0, "");
    assert_eq!(lost(&counters), 1);
}

#[test]
fn the_oldest_make_room() {
    let (queue, counters) = queue(3, usize::MAX, Overflow::DropOldest);
    for n in 0..3 {
        push(&queue, 0, &n.to_string());
    }
    // Some are in the backlog already, some not.
    assert_eq!(queue.take(), 3);
    for n in 3..7 {
        push(&queue, 0, &n.to_string());
    }
    assert_eq!(waiting(&queue), ["4", "5", "6"]);
    assert_eq!(lost(&counters), 4);
}

#[test]
fn a_large_event_drives_out_several() {
    let small = envelope("").size();
    let (queue, counters) = queue(100, small * 3, Overflow::DropOldest);
    for n in 0..3 {
        push(&queue, 0, &n.to_string());
    }
    push(&queue, 0, &"x".repeat(10 * small));
    assert_eq!(waiting(&queue).len(), 3);
    assert_eq!(lost(&counters), 1);
}

#[test]
fn a_blocked_caller_goes_on_when_there_is_room() {
    let (queue, counters) = queue(1, usize::MAX, Overflow::Block(Duration::from_secs(60)));
    push(&queue, 0, "first");
    let (pushed, ended) = mpsc::channel();
    let other = Arc::clone(&queue);
    let thread = thread::spawn(move || {
        push(&other, 0, "second");
        let _ = pushed.send(());
    });
    while !queue.room.is_awaited() {
        thread::yield_now();
    }
    assert!(ended.try_recv().is_err());
    done(&queue);
    ended.recv().unwrap();
    thread.join().unwrap();
    assert_eq!(waiting(&queue), ["second"]);
    assert_eq!(lost(&counters), 0);
}

#[test]
fn a_blocked_caller_gives_up_in_time_or_at_the_end() {
    let (full, counters) = queue(1, usize::MAX, Overflow::Block(Duration::from_millis(5)));
    push(&full, 0, "");
    assert!(push(&full, 0, ""));
    assert_eq!(lost(&counters), 1);

    let (full, _) = queue(1, usize::MAX, Overflow::Block(Duration::MAX));
    push(&full, 0, "");
    let other = Arc::clone(&full);
    let thread = thread::spawn(move || push(&other, 0, ""));
    while !full.room.is_awaited() {
        thread::yield_now();
    }
    full.close();
    thread.join().unwrap();
}

#[test]
fn the_delivery_thread_never_waits_for_itself() {
    let (queue, counters) = queue(1, usize::MAX, Overflow::Block(Duration::MAX));
    queue.serve();
    push(&queue, 0, "");
    push(&queue, 0, "");
    assert_eq!(lost(&counters), 1);
}

#[test]
fn nothing_enters_after_close() {
    let (queue, _) = queue(10, 10_000, Overflow::DropNewest);
    assert!(push(&queue, 3, ""));
    queue.close();
    assert!(!push(&queue, 3, ""));
    assert_eq!(queue.take(), 1);
}

#[tokio::test]
async fn it_wakes_the_worker_when_half_full() {
    let (queue, _) = queue(4, usize::MAX, Overflow::DropNewest);
    push(&queue, 0, "");
    push(&queue, 0, "");
    queue.filling.notified().await;
}

#[test]
fn one_shard_keeps_its_order() {
    let (queue, _) = queue(1_000, usize::MAX, Overflow::DropNewest);
    let order: Vec<_> = (0..10 + CHUNK).map(|n| n.to_string()).collect();
    for n in &order {
        push(&queue, 5, n);
    }
    assert_eq!(waiting(&queue), order);
}

#[test]
fn room_taken_ahead_is_given_back() {
    let (queue, counters) = queue(8192, usize::MAX, Overflow::DropNewest);
    for shard in 0..SHARDS {
        push(&queue, shard, "");
    }
    assert!(queue.level.0.events.load(Ordering::SeqCst) > SHARDS);
    assert_eq!(queue.take(), SHARDS as u64);
    assert_eq!(queue.level.0.events.load(Ordering::SeqCst), SHARDS);
    // One thread alone fills it to the brim.
    for _ in SHARDS..8192 {
        push(&queue, 1, "");
    }
    assert_eq!(lost(&counters), 0);
    push(&queue, 1, "");
    assert_eq!(lost(&counters), 1);
    assert_eq!(waiting(&queue).len(), 8192);
}

#[test]
fn the_oldest_go_first_through_all_chunks() {
    let (queue, counters) = queue(CHUNK * 2, usize::MAX, Overflow::DropOldest);
    for n in 0..CHUNK * 5 {
        push(&queue, 3, &n.to_string());
        if n == CHUNK + 7 {
            queue.take();
        }
    }
    let left: Vec<_> = (CHUNK * 3..CHUNK * 5).map(|n| n.to_string()).collect();
    assert_eq!(waiting(&queue), left);
    assert_eq!(lost(&counters), CHUNK as u64 * 3);
    assert_eq!(queue.level.0.events.load(Ordering::SeqCst), CHUNK * 2);
}

#[test]
fn an_event_keeps_what_it_is_about() {
    let (queue, _) = queue(100, usize::MAX, Overflow::DropNewest);
    let identities: Vec<_> = (0..6)
        .map(|_| Arc::new(Identity::new(User::new_anonymous(), None)))
        .collect();
    let order = [0, 1, 0, 0, 2, 3, 4, 5, 0, 5];
    for n in order {
        let about = AboutRef::identity(&identities[n]);
        queue.push(0, about, envelope(&n.to_string()));
    }
    queue.take();
    let mut stretch = Chunk::default();
    queue.pull(&mut stretch);
    for n in order {
        let queued = stretch.pop().unwrap();
        assert_eq!(text(&queued), n.to_string());
        let about = stretch.about(&queued);
        assert!(Arc::ptr_eq(about.identity.unwrap(), &identities[n]));
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
fn memory_is_used_again_and_given_back_when_it_is_quiet() {
    let (queue, _) = queue(usize::MAX, usize::MAX, Overflow::DropNewest);
    let spares = || queue.spares.0.len();
    let burst = |chunks: usize| {
        for _ in 0..chunks * CHUNK {
            push(&queue, 0, "");
        }
        waiting(&queue);
    };
    burst(SPARES * 4);
    assert_eq!(spares(), SPARES * 4);
    burst(SPARES * 4);
    assert_eq!(spares(), SPARES * 4);
    queue.tidy();
    assert!((SPARES + 1..SPARES * 4).contains(&spares()));
    for _ in 0..200 {
        queue.tidy();
    }
    assert_eq!(spares(), SPARES);
}

#[test]
fn memory_is_ready_before_it_is_needed() {
    let (queue, _) = queue(usize::MAX, usize::MAX, Overflow::DropNewest);
    let spares = || queue.spares.0.len();
    let make = || while queue.make_spares() {};
    let is_told = || queue.filling.notified().now_or_never().is_some();
    make();
    assert_eq!(spares(), FIRST_SPARES);
    make();
    assert_eq!(spares(), FIRST_SPARES, "nothing has used them");
    let mut wanted = FIRST_SPARES;
    while wanted < SPARES * 4 {
        let ready = wanted.min(SPARES);
        // The backlog grows, as nothing can be sent.
        let mut chunks = 0;
        while !is_told() {
            for _ in 0..CHUNK {
                push(&queue, 0, "");
            }
            chunks += 1;
            assert!(chunks <= ready, "nobody was told");
        }
        assert_eq!(spares(), ready / 2 - 1);
        wanted *= 2;
        make();
        assert_eq!(spares(), wanted.min(SPARES));
    }
}

#[test]
fn no_more_memory_is_made_ready_than_the_queue_may_take() {
    let (small, _) = queue(3 * CHUNK, usize::MAX, Overflow::DropNewest);
    while small.make_spares() {}
    assert_eq!(small.spares.0.len(), 3);
    let (narrow, _) = queue(usize::MAX, 100_000, Overflow::DropNewest);
    while narrow.make_spares() {}
    let bytes = narrow.spares.0.len() * CHUNK * size_of::<Queued>();
    assert!((1..=100_000).contains(&bytes));
}
