//! Panics in the application's code neither end the delivery thread nor reach the code that tracks
//! events. Events that they cost are counted or, with a spool, kept.

mod clients;
mod events;
mod hooks;
mod reentry;
mod writers;

use std::io;
use std::panic::panic_any;
use std::time::Duration;

use copilot_track::{Dropped, Tracker, TrackerBuilder};
use copilot_track_tests::{TEST_TIMEOUT, numbered_event, test_user};

/// A value whose destructor panics. It is the payload of a panic, too, so dropping the payload
/// panics again.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_any(Payload);
    }
}

/// The payload of a panic in a destructor. Its own destructor panics.
struct Payload;

impl Drop for Payload {
    fn drop(&mut self) {
        panic!("a payload that panics");
    }
}

/// Tracks with `track`, and then checks that the tracker still delivers an event. Returns the
/// number of events that were dropped.
fn dropped_with(
    configure: impl Fn(TrackerBuilder) -> TrackerBuilder,
    track: impl Fn(&Tracker),
) -> Dropped {
    let builder = Tracker::builder()
        .write_key("key")
        .flush_interval(Duration::from_millis(1));
    let tracker = configure(builder).build().unwrap();
    track(&tracker);
    let before = tracker.flush_blocking(TEST_TIMEOUT);
    assert!(before.complete && before.ledger.pending == 0, "{before}");
    tracker.track(&test_user(), numbered_event(1));
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.complete && report.ledger.is_balanced(), "{report}");
    assert_eq!(
        report.ledger.delivered,
        before.ledger.delivered + 1,
        "{report}"
    );
    report.ledger.dropped
}

fn to_sink(builder: TrackerBuilder) -> TrackerBuilder {
    builder.json_lines(io::sink())
}
