//! The exact limits of the queue.

use crate::delivery::queue::limits::QueueLimits;
use crate::delivery::queue::overflow_policy::Overflow;
use crate::delivery::queue::usage::QueueUsage;

fn limits(events: usize, bytes: usize) -> QueueLimits {
    QueueLimits {
        events,
        bytes,
        overflow: Overflow::DropNewest,
    }
}

/// Reserves room for events of these sizes. Returns, for each event, whether it made the queue half
/// full, or `None` if it was not admitted.
fn reserve(usage: &QueueUsage, limits: &QueueLimits, sizes: &[usize]) -> Vec<Option<bool>> {
    let reserve = |&size| Some(usage.try_reserve(size, limits)?.reached_half);
    sizes.iter().map(reserve).collect()
}

const NO: Option<bool> = Some(false);
const HALF: Option<bool> = Some(true);

#[test]
fn one_event_makes_the_queue_half_full() {
    let usage = QueueUsage::default();
    let by_events = limits(7, 1_000_000);
    let reserved = reserve(&usage, &by_events, &[1; 8]);
    assert_eq!(reserved, [NO, NO, HALF, NO, NO, NO, NO, None]);
    usage.release(5, 5);
    assert_eq!(reserve(&usage, &by_events, &[1, 1]), [HALF, NO]);

    let usage = QueueUsage::default();
    let by_bytes = limits(1_000_000, 1_001);
    let reserved = reserve(&usage, &by_bytes, &[499, 1, 1, 498, 1, 1, 1]);
    assert_eq!(reserved, [NO, HALF, NO, NO, NO, NO, None]);
    usage.release(1, 502);
    assert_eq!(reserve(&usage, &by_bytes, &[0, 1, 1]), [NO, HALF, NO]);

    // One event can do both, and can skip the exact half.
    let usage = QueueUsage::default();
    let both = limits(4, 1_000);
    assert_eq!(reserve(&usage, &both, &[1, 900, 1]), [NO, HALF, NO]);
    let usage = QueueUsage::default();
    assert_eq!(reserve(&usage, &both, &[900, 1, 1]), [HALF, HALF, NO]);
}

#[test]
fn the_queue_is_at_most_half_full_at_the_exact_half() {
    for (sizes, is_at_most_half) in [
        (&[][..], true),
        (&[1, 1], true),
        (&[1, 1, 1], false),
        (&[500], true),
        (&[501], false),
        (&[499, 2], false),
    ] {
        let usage = QueueUsage::default();
        let limits = limits(5, 1_001);
        reserve(&usage, &limits, sizes);
        assert_eq!(usage.is_at_most_half(&limits), is_at_most_half, "{sizes:?}");
    }
}

#[test]
fn the_last_event_can_exceed_the_byte_limit() {
    let usage = QueueUsage::default();
    let limits = limits(3, 100);
    assert_eq!(reserve(&usage, &limits, &[99, 99, 0]), [HALF, NO, None]);
    usage.release(1, 98);
    assert_eq!(reserve(&usage, &limits, &[0]), [None]);
    usage.release(0, 1);
    assert_eq!(reserve(&usage, &limits, &[0, 0, 0]), [NO, NO, None]);
}
