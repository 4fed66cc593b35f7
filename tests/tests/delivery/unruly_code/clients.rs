//! Clients of the `segment` crate, which run on the delivery thread.

use std::panic::panic_any;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use copilot_track::segment::{self, Client, Message};
use copilot_track::{Tracker, TrackerBuilder};
use copilot_track_tests::{TEST_TIMEOUT, numbered_event, test_user};

use super::{Bomb, Payload, dropped_with, to_sink};

/// What a transport does with the first batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// `send` panics before it returns a future.
    Send,
    /// The future panics when it is polled.
    Poll,
    /// The future never completes, and its destructor panics.
    Hang,
    /// The future completes, and its destructor panics.
    Accept,
}

struct UnrulyClient {
    fault: Fault,
    calls: AtomicU32,
    _bomb: Bomb,
}

struct Sending {
    fault: Option<Fault>,
    _bomb: Option<Bomb>,
}

impl Future for Sending {
    type Output = segment::Result<()>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match self.fault {
            Some(Fault::Poll) => panic_any(Payload),
            Some(Fault::Hang) => Poll::Pending,
            _ => Poll::Ready(Ok(())),
        }
    }
}

impl Client for UnrulyClient {
    fn send<'a, 'b>(
        &'a self,
        _: String,
        _: Message,
    ) -> Pin<Box<dyn Future<Output = segment::Result<()>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        let first = self.calls.fetch_add(1, Ordering::Relaxed) == 0;
        if first && self.fault == Fault::Send {
            panic_any(Payload);
        }
        Box::pin(Sending {
            fault: first.then_some(self.fault),
            // `then_some` would drop a bomb if this is not the first call.
            _bomb: first.then(|| Bomb),
        })
    }
}

fn with_unruly_client(fault: Fault) -> impl Fn(TrackerBuilder) -> TrackerBuilder {
    move |builder| {
        builder
            .request_timeout(Duration::from_millis(50))
            .segment_client(UnrulyClient {
                fault,
                calls: AtomicU32::new(0),
                _bomb: Bomb,
            })
    }
}

#[test]
fn panics_in_a_client_cost_the_batch() {
    for (fault, rejected) in [
        (Fault::Send, 1),
        (Fault::Poll, 1),
        (Fault::Hang, 0),
        (Fault::Accept, 0),
    ] {
        let dropped = dropped_with(with_unruly_client(fault), |tracker| {
            tracker.track(&test_user(), numbered_event(0));
        });
        assert_eq!(
            (dropped.rejected, dropped.total()),
            (rejected, rejected),
            "{fault:?}"
        );
    }
}

#[test]
fn a_batch_that_a_panic_costs_becomes_dead_letters() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("letters.jsonl");
    let dropped = dropped_with(
        |builder| with_unruly_client(Fault::Poll)(builder).dead_letters(&file),
        |tracker| tracker.track(&test_user(), numbered_event(0)),
    );
    assert_eq!(dropped.rejected, 1);
    let letters = std::fs::read_to_string(&file).unwrap();
    assert_eq!(letters.lines().count(), 1, "{letters}");
}

#[test]
fn with_a_spool_panics_in_a_client_cost_nothing() {
    for fault in [Fault::Send, Fault::Poll, Fault::Hang, Fault::Accept] {
        let directory = tempfile::tempdir().unwrap();
        let dropped = dropped_with(
            |builder| with_unruly_client(fault)(builder).spool(directory.path()),
            |tracker| tracker.track(&test_user(), numbered_event(0)),
        );
        assert_eq!(dropped.total(), 0, "{fault:?}");
        assert_eq!(recovered(directory.path()), 0);
    }
}

#[test]
fn with_a_spool_events_are_kept_while_the_client_panics() {
    let directory = tempfile::tempdir().unwrap();
    let tracker = Tracker::builder()
        .write_key("key")
        .segment_client(AlwaysPanics)
        .spool(directory.path())
        .build()
        .unwrap();
    for number in 0..10 {
        tracker.track(&test_user(), numbered_event(number));
    }
    let report = tracker.shutdown_blocking(Duration::from_millis(50));
    assert_eq!(report.ledger.dropped.total(), 0, "{report}");
    drop(tracker);
    assert_eq!(recovered(directory.path()), 10);
}

/// Returns the number of events that are left in a spool, and sends them.
fn recovered(directory: &Path) -> u64 {
    let tracker = to_sink(Tracker::builder())
        .spool(directory)
        .build()
        .unwrap();
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    report.ledger.recovered
}

struct AlwaysPanics;

#[async_trait::async_trait]
impl Client for AlwaysPanics {
    async fn send(&self, _: String, _: Message) -> segment::Result<()> {
        panic_any(Payload)
    }
}
