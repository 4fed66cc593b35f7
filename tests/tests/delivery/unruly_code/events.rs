//! Code of events and values, which runs on the caller's thread or on the delivery thread.

use std::borrow::Cow;
use std::panic::panic_any;
use std::time::Duration;

use copilot_track::{Overflow, Properties, TrackEvent, Tracker, tracked_tool};
use copilot_track_tests::{TEST_TIMEOUT, numbered_event, test_user};
use serde::{Serialize, Serializer};

use super::{Payload, dropped_with, to_sink};

/// The places of an event at which the application's code panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Name,
    Properties,
    Size,
    Serialize,
    Drop,
    Nowhere,
}

pub(super) struct Unruly(pub(super) Place);

impl Unruly {
    fn panic_in(&self, place: Place) {
        if self.0 == place {
            panic_any(Payload);
        }
    }
}

impl Serialize for Unruly {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.panic_in(Place::Serialize);
        serializer.serialize_u8(1)
    }
}

impl TrackEvent for Unruly {
    fn name(&self) -> Cow<'static, str> {
        self.panic_in(Place::Name);
        "Unruly".into()
    }

    fn write_properties(&self, properties: &mut Properties<'_>) {
        self.panic_in(Place::Properties);
        properties.property("value", self);
    }

    fn size_hint(&self) -> usize {
        self.panic_in(Place::Size);
        1_000
    }
}

impl Drop for Unruly {
    fn drop(&mut self) {
        self.panic_in(Place::Drop);
    }
}

#[test]
fn panics_in_an_event_cost_at_most_the_event() {
    for (place, invalid) in [
        (Place::Name, 1),
        (Place::Properties, 1),
        (Place::Serialize, 1),
        (Place::Size, 0),
        (Place::Drop, 0),
        (Place::Nowhere, 0),
    ] {
        let dropped = dropped_with(to_sink, |tracker| {
            tracker.track(&test_user(), Unruly(place));
        });
        assert_eq!(
            (dropped.invalid, dropped.total()),
            (invalid, invalid),
            "{place:?}"
        );
        let dropped = dropped_with(to_sink, |tracker| {
            tracker.conversation(test_user()).track(Unruly(place));
        });
        assert_eq!(
            (dropped.invalid, dropped.total()),
            (invalid, invalid),
            "{place:?}"
        );
    }
}

#[tracked_tool(type = "Test", action = "panic", properties(value = Unruly(place)))]
fn tool(place: Place) {
    let _ = place;
}

#[test]
fn panics_in_a_value_cost_at_most_the_event() {
    let custom = |tracker: &Tracker, place| {
        let event = numbered_event(0).property("value", Unruly(place));
        tracker.track(&test_user(), event);
    };
    let spec = |tracker: &Tracker, place| {
        let event = copilot_track::spec::ActionInvoked::new("a", "b");
        tracker.track(&test_user(), event.property("value", Unruly(place)));
    };
    let argument = |tracker: &Tracker, place| {
        tracker.conversation(test_user()).in_scope(|| tool(place));
    };
    for (place, invalid, invalid_argument) in [
        (Place::Serialize, 1, 1),
        // The expression of an argument drops its value, so the expression panics.
        (Place::Drop, 0, 1),
        (Place::Nowhere, 0, 0),
    ] {
        for (track, invalid) in [
            (&custom as &dyn Fn(&Tracker, Place), invalid),
            (&spec, invalid),
            (&argument, invalid_argument),
        ] {
            let dropped = dropped_with(to_sink, |tracker| track(tracker, place));
            let counts = (dropped.invalid, dropped.total());
            assert_eq!(counts, (invalid, invalid), "{place:?}");
        }
    }
}

#[test]
fn a_destructor_that_panics_does_not_reach_the_caller() {
    // The caller drops the event, because the queue is full or closed or because the call comes
    // from inside the library.
    for overflow in [
        Overflow::DropNewest,
        Overflow::DropOldest,
        Overflow::Block(Duration::ZERO),
    ] {
        let dropped = dropped_with(
            |builder| {
                to_sink(builder)
                    .overflow(overflow)
                    .max_queue_events(1)
                    .flush_interval(Duration::from_millis(50))
            },
            |tracker| {
                for _ in 0..1_000 {
                    tracker.track(&test_user(), Unruly(Place::Drop));
                }
            },
        );
        assert!(dropped.queue_full > 0);
        assert_eq!(dropped.queue_full, dropped.total());
    }
    let tracker = to_sink(Tracker::builder()).build().unwrap();
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).complete);
    tracker.track(&test_user(), Unruly(Place::Drop));
    tracker.conversation(test_user()).track(Unruly(Place::Drop));
    assert_eq!(tracker.ledger().dropped.shutdown, 2);
    Tracker::disabled().track(&test_user(), Unruly(Place::Drop));
    drop(Unruly(Place::Drop).property("v", 1));
}

#[test]
fn events_that_are_left_at_shutdown_are_counted_although_their_destructors_panic() {
    let tracker = to_sink(Tracker::builder())
        .flush_interval(Duration::from_secs(60))
        .before_send(|_| panic_any(Payload))
        .build()
        .unwrap();
    for _ in 0..10 {
        tracker.track(&test_user(), Unruly(Place::Drop));
    }
    let report = tracker.shutdown_blocking(Duration::ZERO);
    let report = if report.complete {
        report
    } else {
        tracker.flush_blocking(TEST_TIMEOUT)
    };
    let dropped = report.ledger.dropped;
    assert_eq!(dropped.hook + dropped.shutdown, 10, "{report}");
}
