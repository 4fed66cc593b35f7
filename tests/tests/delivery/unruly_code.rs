//! Panics in the application's code neither end the delivery thread nor reach the code that tracks
//! events. Events that they cost are counted or, with a spool, kept.

use std::borrow::Cow;
use std::error::Error;
use std::panic::panic_any;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io};

use copilot_track::segment::{self, Client, Message};
use copilot_track::{
    Dropped, Overflow, Properties, TrackEvent, Tracker, TrackerBuilder, tracked_tool,
};
use copilot_track_tests::{TEST_TIMEOUT, numbered_event, test_user};
use serde::{Serialize, Serializer};

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

/// The places of an event at which the application's code panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Name,
    Properties,
    Size,
    Serialize,
    Drop,
    Nowhere,
}

struct Unruly(Place);

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
fn with_a_spool_panics_in_a_transport_cost_nothing() {
    for fault in [Fault::Send, Fault::Poll, Fault::Hang, Fault::Accept] {
        let directory = tempfile::tempdir().unwrap();
        let dropped = dropped_with(
            |builder| with_unruly_client(fault)(builder).spool(directory.path()),
            |tracker| tracker.track(&test_user(), numbered_event(0)),
        );
        assert_eq!(dropped.total(), 0, "{fault:?}");
        assert_eq!(recovered(directory.path()), 0);
    }
    for fault in [WriterFault::Panic, WriterFault::Error] {
        let directory = tempfile::tempdir().unwrap();
        let dropped = dropped_with(
            |builder| {
                let writer = UnrulyWriter::new(fault);
                builder.json_lines(writer).spool(directory.path())
            },
            |tracker| tracker.track(&test_user(), numbered_event(0)),
        );
        assert_eq!(dropped.total(), 0, "{fault:?}");
    }
}

#[test]
fn with_a_spool_events_are_kept_while_the_transport_panics() {
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

/// What a writer does when it is called for the first time.
#[derive(Debug, Clone, Copy)]
enum WriterFault {
    Panic,
    /// It returns an error whose methods and destructor panic.
    Error,
}

struct UnrulyWriter {
    fault: Option<WriterFault>,
    _bomb: Bomb,
}

impl UnrulyWriter {
    fn new(fault: WriterFault) -> Self {
        Self {
            fault: Some(fault),
            _bomb: Bomb,
        }
    }
}

impl io::Write for UnrulyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.fault.take() {
            Some(WriterFault::Panic) => panic_any(Payload),
            Some(WriterFault::Error) => Err(io::Error::other(UnrulyError)),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
struct UnrulyError;

impl fmt::Display for UnrulyError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic_any(Payload)
    }
}

impl Error for UnrulyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        panic_any(Payload)
    }
}

impl Drop for UnrulyError {
    fn drop(&mut self) {
        panic_any(Payload);
    }
}

#[test]
fn panics_in_a_writer_cost_at_most_the_batch() {
    for (fault, rejected) in [(WriterFault::Panic, 1), (WriterFault::Error, 0)] {
        let dropped = dropped_with(
            |builder| builder.json_lines(UnrulyWriter::new(fault)),
            |tracker| tracker.track(&test_user(), numbered_event(0)),
        );
        assert_eq!(
            (dropped.rejected, dropped.total()),
            (rejected, rejected),
            "{fault:?}"
        );
    }
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
