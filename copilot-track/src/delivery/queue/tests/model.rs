//! Model checks of the queue and the ledger under many thread interleavings.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use shuttle::{check_pct, check_random, thread};

use crate::delivery::envelope::{ApiCall, Envelope, EventContextRef};
use crate::delivery::queue::chunk::Chunk;
use crate::delivery::queue::limits::QueueLimits;
use crate::delivery::queue::overflow_policy::Overflow;
use crate::delivery::queue::queue::Queue;
use crate::ledger::counters::Counters;
use crate::ledger::drop_reason::DropReason;
use crate::util::sync::{AtomicUsize, Ordering};

const ITERATIONS: usize = 1_000;

fn check(model: impl Fn() + Send + Sync + Clone + 'static) {
    check_random(model.clone(), ITERATIONS);
    check_pct(model, ITERATIONS, 3);
}

fn envelope(number: u64) -> Envelope {
    Envelope {
        id: None,
        timestamp: SystemTime::UNIX_EPOCH,
        call: ApiCall::Identify(Ok(number.to_string().into())),
    }
}

fn queue(events: usize, overflow: Overflow) -> (Arc<Queue>, Arc<Counters>) {
    let counters = Arc::new(Counters::default());
    let limits = QueueLimits {
        events,
        bytes: usize::MAX,
        overflow,
    };
    let queue = Queue::new(limits, Arc::clone(&counters));
    (Arc::new(queue), counters)
}

/// Emits an event as a tracker does.
fn emit(queue: &Queue, counters: &Counters, shard: usize, number: u64) {
    if !queue.push(shard, EventContextRef::NONE, envelope(number)) {
        counters.count_dropped(DropReason::Shutdown, 1);
    }
}

/// Collects and counts all events as the worker does. Returns the numbers that the events contain.
fn drain(queue: &Queue, counters: &Counters) -> Vec<u64> {
    queue.collect();
    let (mut chunk, mut numbers) = (Chunk::default(), Vec::new());
    while queue.next_chunk(&mut chunk) {
        while let Some(queued) = chunk.pop() {
            if let ApiCall::Identify(Ok(number)) = &queued.envelope.call {
                numbers.extend(number.parse::<u64>());
            }
            queue.release(1, queued.size);
            counters.count_delivered(1);
        }
    }
    numbers
}

/// Emits events from two threads while a third thread drains the queue, and then closes the queue.
/// Returns the numbers that the delivered events contain, and the counters.
fn race(events: usize, overflow: Overflow, each: u64, shards: usize) -> (Vec<u64>, Arc<Counters>) {
    let (queue, counters) = queue(events, overflow);
    let ended = Arc::new(AtomicUsize::new(0));
    let emitters: Vec<_> = (0..2)
        .map(|thread| {
            let (queue, counters) = (Arc::clone(&queue), Arc::clone(&counters));
            let ended = Arc::clone(&ended);
            thread::spawn(move || {
                for n in 0..each {
                    let shard = usize::from(thread == 1) % shards;
                    emit(&queue, &counters, shard, thread * 100 + n);
                }
                ended.fetch_add(1, Ordering::SeqCst);
            })
        })
        .collect();
    let mut numbers = Vec::new();
    // The queue is drained often enough for blocked emitters to proceed.
    for _ in 0..each * 2 {
        numbers.extend(drain(&queue, &counters));
        assert!(counters.read().is_balanced());
        thread::yield_now();
    }
    // The queue must be drained until all blocked emitters have finished.
    while matches!(overflow, Overflow::Block(_)) && ended.load(Ordering::SeqCst) < emitters.len() {
        numbers.extend(drain(&queue, &counters));
        thread::yield_now();
    }
    for emitter in emitters {
        emitter.join().unwrap();
    }
    queue.close();
    numbers.extend(drain(&queue, &counters));
    (numbers, counters)
}

fn assert_in_order(numbers: &[u64]) {
    for thread in 0..2 {
        let own: Vec<_> = numbers.iter().filter(|n| **n / 100 == thread).collect();
        assert!(own.is_sorted(), "{own:?}");
    }
}

#[test]
fn model_every_event_has_one_outcome() {
    check(|| {
        let (numbers, counters) = race(3, Overflow::DropNewest, 4, 2);
        let ledger = counters.read();
        assert_eq!(ledger.emitted, 8);
        assert_eq!(ledger.delivered, numbers.len() as u64);
        assert_eq!(ledger.pending, 0, "{ledger}");
        assert_in_order(&numbers);
    });
}

#[test]
fn model_threads_can_share_a_shard() {
    check(|| {
        let (numbers, counters) = race(3, Overflow::DropNewest, 4, 1);
        let ledger = counters.read();
        assert_eq!(ledger.emitted, 8);
        assert_eq!(ledger.delivered, numbers.len() as u64);
        assert_eq!(ledger.pending, 0, "{ledger}");
        assert_in_order(&numbers);
    });
}

#[test]
fn model_the_limit_is_exact() {
    check(|| {
        let (numbers, counters) = race(5, Overflow::DropNewest, 4, 2);
        let ledger = counters.read();
        assert_eq!(ledger.emitted, 8);
        assert_eq!(ledger.delivered, numbers.len() as u64);
        assert_eq!(ledger.pending, 0, "{ledger}");
        assert!(numbers.len() >= 5);
        assert_in_order(&numbers);
    });
}

#[test]
fn model_the_oldest_events_are_dropped() {
    check(|| {
        let (numbers, counters) = race(2, Overflow::DropOldest, 4, 2);
        let ledger = counters.read();
        assert_eq!(ledger.emitted, 8);
        assert_eq!(ledger.pending, 0, "{ledger}");
        assert_in_order(&numbers);
    });
}

#[test]
fn model_blocking_drops_nothing() {
    check(|| {
        let (numbers, counters) = race(1, Overflow::Block(Duration::from_secs(3600)), 3, 2);
        assert_eq!(numbers.len(), 6);
        assert_eq!(counters.read().delivered, 6);
        assert_in_order(&numbers);
    });
}

#[test]
fn model_a_push_during_close_is_admitted_or_rejected() {
    check(|| {
        let (queue, counters) = queue(10, Overflow::DropNewest);
        let emitter = {
            let (queue, counters) = (Arc::clone(&queue), Arc::clone(&counters));
            thread::spawn(move || {
                for n in 0..3 {
                    emit(&queue, &counters, 0, n);
                }
            })
        };
        queue.close();
        let mut numbers = drain(&queue, &counters);
        emitter.join().unwrap();
        numbers.extend(drain(&queue, &counters));
        let ledger = counters.read();
        assert_eq!(ledger.delivered, numbers.len() as u64);
        assert_eq!(ledger.delivered + ledger.dropped.shutdown, 3, "{ledger}");
    });
}

#[test]
fn model_the_ledger_is_always_balanced() {
    check(|| {
        let counters = Arc::new(Counters::default());
        let threads: Vec<_> = [Some(DropReason::Hook), None]
            .into_iter()
            .map(|reason| {
                let counters = Arc::clone(&counters);
                thread::spawn(move || {
                    for _ in 0..3 {
                        counters.count_emitted();
                        match reason {
                            Some(reason) => counters.count_dropped(reason, 1),
                            None => counters.count_delivered(1),
                        }
                    }
                })
            })
            .collect();
        for _ in 0..4 {
            let ledger = counters.read();
            assert!(ledger.is_balanced(), "{ledger}");
            // Every event that is counted as delivered or dropped is also counted as emitted.
            // Otherwise, `pending` would have been clamped to zero.
            assert!(ledger.delivered + ledger.dropped.total() <= ledger.emitted);
        }
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(counters.read().pending, 0);
    });
}

/// Closes the queue while two threads emit events. Then drains the queue once, as the worker does.
fn race_with_close(events: usize, overflow: Overflow, shards: usize) {
    let (queue, counters) = queue(events, overflow);
    let emitters: Vec<_> = (0..2)
        .map(|thread| {
            let (queue, counters) = (Arc::clone(&queue), Arc::clone(&counters));
            thread::spawn(move || {
                for n in 0..3 {
                    emit(
                        &queue,
                        &counters,
                        usize::from(thread == 1) % shards,
                        thread * 100 + n,
                    );
                }
            })
        })
        .collect();
    let mut numbers = Vec::new();
    for _ in 0..2 {
        numbers.extend(drain(&queue, &counters));
        assert!(counters.read().is_balanced());
        thread::yield_now();
    }
    queue.close();
    numbers.extend(drain(&queue, &counters));
    for emitter in emitters {
        emitter.join().unwrap();
    }
    let late = drain(&queue, &counters);
    assert!(
        late.is_empty(),
        "admitted after the queue was closed: {late:?}"
    );
    let ledger = counters.read();
    assert_eq!((ledger.emitted, ledger.pending), (6, 0), "{ledger}");
    assert_eq!(ledger.delivered, numbers.len() as u64);
    let lost = ledger.dropped.queue_full + ledger.dropped.shutdown;
    assert_eq!(ledger.delivered + lost, 6, "{ledger}");
    assert_in_order(&numbers);
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(
        ledger.delivered,
        numbers.len() as u64,
        "no event arrives twice"
    );
}

#[test]
fn model_close_while_the_newest_are_dropped() {
    check(|| race_with_close(2, Overflow::DropNewest, 2));
    check(|| race_with_close(5, Overflow::DropNewest, 1));
}

#[test]
fn model_close_while_the_oldest_are_dropped() {
    check(|| race_with_close(1, Overflow::DropOldest, 2));
    check(|| race_with_close(2, Overflow::DropOldest, 1));
}

#[test]
fn model_close_while_callers_wait() {
    let block = Overflow::Block(Duration::from_secs(3600));
    check(move || race_with_close(1, block, 2));
    check(move || race_with_close(2, block, 1));
}

#[test]
fn model_a_dropped_event_is_counted_once() {
    check(|| {
        let (numbers, counters) = race(2, Overflow::DropOldest, 4, 1);
        let ledger = counters.read();
        assert_eq!(ledger.delivered, numbers.len() as u64);
        assert_eq!(ledger.delivered + ledger.dropped.queue_full, 8, "{ledger}");
        // The last two events are never dropped, because no later event needs their room.
        assert!(numbers.len() >= 2, "{numbers:?}");
    });
}
