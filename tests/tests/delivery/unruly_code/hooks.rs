//! Hooks, which run on the delivery thread.

use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use copilot_track::Tracker;
use copilot_track_tests::{TEST_TIMEOUT, numbered_event, test_user};

use super::events::{Place, Unruly};
use super::{Bomb, Payload, dropped_with, to_sink};

#[test]
fn panics_in_a_hook_cost_the_event() {
    let dropped = dropped_with(
        |builder| {
            let calls = AtomicU32::new(0);
            let bomb = Bomb;
            to_sink(builder).before_send(move |message| {
                // The hook's destructor panics, because the hook owns the bomb.
                let _ = &bomb;
                if calls.fetch_add(1, Ordering::Relaxed) == 0 {
                    panic_any(Payload);
                }
                Some(message)
            })
        },
        |tracker| tracker.track(&test_user(), numbered_event(0)),
    );
    assert_eq!((dropped.hook, dropped.total()), (1, 1));
}

#[test]
fn code_that_calls_the_tracker_and_then_panics_costs_the_event() {
    let slot: Arc<std::sync::Mutex<Option<Tracker>>> = Arc::default();
    let hook_slot = Arc::clone(&slot);
    let tracker = to_sink(Tracker::builder())
        .before_send(move |message| {
            let tracker = hook_slot.lock().unwrap().take();
            if let Some(tracker) = tracker {
                tracker.track(&test_user(), Unruly(Place::Drop));
                let _ = tracker.flush_blocking(TEST_TIMEOUT);
                panic_any(Payload);
            }
            Some(message)
        })
        .build()
        .unwrap();
    *slot.lock().unwrap() = Some(tracker.clone());
    tracker.track(&test_user(), numbered_event(0));
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.dropped.hook, 1, "{report}");
    assert_eq!(report.ledger.dropped.reentrant, 1, "{report}");
    tracker.track(&test_user(), numbered_event(1));
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.delivered, 1, "{report}");
}
