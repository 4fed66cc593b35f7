//! `flush`, `sync`, `shutdown`, and the other waits return by their deadline while application code
//! or the disk blocks the delivery thread.

use std::borrow::Cow;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use copilot_track::segment::{self, Client, Message};
use copilot_track::{Properties, Report, Spool, TrackEvent, Tracker, TrackerBuilder};
use copilot_track_tests::{
    Behavior, Blocker, FaultPlan, FaultServer, Gate, TEST_TIMEOUT, block_on, fast_tracker_builder,
    numbered_event, test_user,
};
use serde::{Serialize, Serializer};

const DEADLINE: Duration = Duration::from_millis(50);
/// The library promises 250 ms. A busy machine may take longer to wake a thread.
const SLACK: Duration = Duration::from_secs(5);
const EVENTS: u64 = 10;
const HOUR: Duration = Duration::from_secs(3_600);

/// What blocks the delivery thread.
#[derive(Debug, Clone, Copy)]
enum Cause {
    Hook,
    Client,
    Serialize,
    Drop,
}

const CAUSES: [Cause; 4] = [Cause::Hook, Cause::Client, Cause::Serialize, Cause::Drop];

/// A client that blocks the thread instead of waiting asynchronously.
struct BlockingClient(Blocker);

#[async_trait::async_trait]
impl Client for BlockingClient {
    async fn send(&self, _: String, _: Message) -> segment::Result<()> {
        self.0.block();
        Ok(())
    }
}

struct BlockingValue(Blocker);

impl Serialize for BlockingValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.block();
        serializer.serialize_u8(1)
    }
}

#[derive(TrackEvent)]
struct WithBlockingValue {
    value: BlockingValue,
}

/// An event whose destructor blocks.
struct BlockingDrop(Blocker);

impl TrackEvent for BlockingDrop {
    fn name(&self) -> Cow<'static, str> {
        "Blocking".into()
    }

    fn write_properties(&self, _: &mut Properties<'_>) {}
}

impl Drop for BlockingDrop {
    fn drop(&mut self) {
        self.0.block();
    }
}

impl Cause {
    fn configure(self, builder: TrackerBuilder, blocker: &Blocker) -> TrackerBuilder {
        let blocker = blocker.clone();
        match self {
            Self::Hook => builder.before_send(move |message| {
                blocker.block();
                Some(message)
            }),
            Self::Client => builder.segment_client(BlockingClient(blocker)),
            Self::Serialize | Self::Drop => builder,
        }
    }

    /// Tracks the event that blocks the thread.
    fn track(self, tracker: &Tracker, blocker: &Blocker) {
        let value = BlockingValue(blocker.clone());
        match self {
            Self::Hook | Self::Client => tracker.track(&test_user(), numbered_event(0)),
            Self::Serialize => tracker.track(&test_user(), WithBlockingValue { value }),
            Self::Drop => tracker.track(&test_user(), BlockingDrop(value.0)),
        }
    }
}

/// Returns a tracker whose delivery thread is blocked, with pending events.
fn blocked(
    cause: Cause,
    server: &FaultServer,
    configure: impl FnOnce(TrackerBuilder) -> TrackerBuilder,
) -> (Tracker, Gate) {
    let (gate, blocker) = Gate::new();
    let builder = cause.configure(fast_tracker_builder(server), &blocker);
    let builder = configure(builder.drop_timeout(DEADLINE));
    let tracker = builder.build().unwrap();
    cause.track(&tracker, &blocker);
    gate.wait_until_reached();
    for number in 1..EVENTS {
        tracker.track(&test_user(), numbered_event(number));
    }
    (tracker, gate)
}

/// Asserts that a wait returns at its deadline, although the thread is blocked.
#[track_caller]
fn assert_returns_at_deadline<T>(wait: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = wait();
    let took = start.elapsed();
    assert!(took >= DEADLINE && took < DEADLINE + SLACK, "{took:?}");
    result
}

/// Asserts that a wait returns at its deadline and reports that nothing has happened.
#[track_caller]
fn assert_reports_pending(wait: impl FnOnce() -> Report) {
    let report = assert_returns_at_deadline(wait);
    assert!(!report.complete && !report.on_delivery_thread, "{report}");
    assert_eq!(report.ledger.pending, EVENTS, "{report}");
    assert!(report.ledger.is_balanced(), "{report}");
    assert!(report.to_string().ends_with(", timed out"));
}

fn current_thread() -> tokio::runtime::Runtime {
    // Neither a timer nor an I/O driver.
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

fn multi_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap()
}

fn healthy() -> FaultServer {
    FaultServer::start(FaultPlan::always(Behavior::ok()))
}

/// Asserts that each wait returns at its deadline, on each executor. The shutdowns come last.
fn assert_all_waits_return(tracker: &Tracker) {
    assert_reports_pending(|| tracker.flush_blocking(DEADLINE));
    assert_reports_pending(|| tracker.sync_blocking(DEADLINE));
    assert_reports_pending(|| block_on(tracker.flush(DEADLINE)));
    assert_reports_pending(|| block_on(tracker.sync(DEADLINE)));
    assert_reports_pending(|| current_thread().block_on(tracker.flush(DEADLINE)));
    assert_reports_pending(|| {
        let tracker = tracker.clone();
        let runtime = multi_thread();
        let task = runtime.spawn(async move { tracker.sync(DEADLINE).await });
        runtime.block_on(task).unwrap()
    });
    assert_reports_pending(|| block_on(tracker.shutdown(DEADLINE)));
    assert_reports_pending(|| current_thread().block_on(tracker.shutdown(DEADLINE)));
    assert_reports_pending(|| multi_thread().block_on(tracker.shutdown(DEADLINE)));
    assert_reports_pending(|| tracker.shutdown_blocking(DEADLINE));
    // The queue is closed, although the thread has not handled the shutdown.
    tracker.track(&test_user(), numbered_event(0));
    assert_eq!(tracker.ledger().dropped.shutdown, 1);
    assert_eq!(tracker.ledger().pending, EVENTS);
}

#[test]
fn every_wait_returns_and_the_events_count_as_dropped_later() {
    for cause in CAUSES {
        let server = healthy();
        let (tracker, gate) = blocked(cause, &server, |builder| builder);
        assert_all_waits_return(&tracker);
        drop(gate);
        // The thread continues, drops the events, and ends.
        let report = tracker.flush_blocking(TEST_TIMEOUT);
        assert_eq!(report.ledger.pending, 0, "{cause:?}: {report}");
        let Report { ledger, .. } = report;
        assert_eq!(ledger.emitted, EVENTS + 1);
        assert_eq!(ledger.delivered + ledger.dropped.shutdown, EVENTS + 1);
        assert!(ledger.dropped.shutdown >= EVENTS, "{cause:?}: {ledger}");
    }
}

#[test]
fn every_wait_returns_and_a_spool_keeps_the_events() {
    for cause in CAUSES {
        let server = healthy();
        let directory = tempfile::tempdir().unwrap();
        let spool = Spool::new(directory.path());
        let (tracker, gate) = blocked(cause, &server, |builder| builder.spool(spool));
        assert_all_waits_return(&tracker);
        drop(gate);
        // The thread continues, writes the events to disk, and ends.
        let report = tracker.flush_blocking(TEST_TIMEOUT);
        let Report { ledger, .. } = report;
        assert_eq!(ledger.dropped.shutdown, 1, "{cause:?}: {ledger}");
        assert_eq!(ledger.delivered + ledger.pending, EVENTS, "{ledger}");
        drop(tracker);
        assert_eq!(delivered_by_next(directory.path()), ledger.pending);
    }
}

/// Returns the number of events that the next tracker of a spool delivers.
fn delivered_by_next(directory: &Path) -> u64 {
    let server = healthy();
    let next = fast_tracker_builder(&server)
        .spool(directory)
        .build()
        .unwrap();
    let report = next.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.is_all_delivered(), "{report}");
    report.ledger.delivered
}

#[test]
fn dropping_the_last_handle_returns() {
    for cause in CAUSES {
        for spool in [false, true] {
            let server = healthy();
            let directory = tempfile::tempdir().unwrap();
            let (tracker, gate) = blocked(cause, &server, |builder| {
                if spool {
                    builder.spool(directory.path())
                } else {
                    builder
                }
            });
            assert_returns_at_deadline(|| drop(tracker));
            drop(gate);
        }
    }
}

#[test]
fn dropping_the_last_handle_after_a_shutdown_that_timed_out_does_not_wait() {
    let server = healthy();
    let (tracker, gate) = blocked(Cause::Hook, &server, |builder| builder.drop_timeout(HOUR));
    assert!(!tracker.shutdown_blocking(DEADLINE).complete);
    drop(tracker);
    drop(gate);
}

#[test]
fn a_replay_of_dead_letters_returns() {
    for strict in [None, Some(false), Some(true)] {
        let server = healthy();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("letters.jsonl");
        let (gate, blocker) = Gate::new();
        let mut builder = Cause::Hook
            .configure(fast_tracker_builder(&server), &blocker)
            .dead_letters(&file)
            .drop_timeout(DEADLINE);
        if let Some(strict) = strict {
            builder = builder.spool(Spool::new(directory.path().join("spool")).strict(strict));
        }
        let tracker = builder.build().unwrap();
        std::fs::write(&file, LETTER).unwrap();
        let replay = assert_returns_at_deadline(|| tracker.replay_dead_letters(&file, DEADLINE));
        let replay = replay.unwrap();
        assert!(!replay.complete && replay.replayed == 1, "{replay}");
        gate.wait_until_reached();
        drop(gate);
        // The letter is still there for the next call.
        let replay = tracker.replay_dead_letters(&file, TEST_TIMEOUT).unwrap();
        assert!(replay.complete && replay.replayed == 1, "{replay}");
    }
}

const LETTER: &str = "{\"reason\":\"rejected\",\"content\":\"full\",\"event\":{\"type\":\"track\",\
    \"messageId\":\"m1\",\"timestamp\":\"2026-01-02T03:04:05.678Z\",\"userId\":\"1\",\
    \"event\":\"X\",\"properties\":{}}}\n";

/// A dead-letter file that is a full pipe blocks the delivery thread like a disk that hangs.
#[cfg(target_os = "linux")]
#[test]
fn waits_return_while_a_file_blocks_the_thread() {
    use std::io::Read as _;
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let server = FaultServer::start(FaultPlan::always(Behavior::status(401)));
    let tracker = fast_tracker_builder(&server)
        .dead_letters(&pipe)
        .drop_timeout(DEADLINE)
        .build()
        .unwrap();
    // The letters are larger than the buffer of the pipe.
    for number in 0..200 {
        tracker.track(
            &test_user(),
            numbered_event(number).property("text", "x".repeat(10_000)),
        );
    }
    server.wait_for_requests(1);
    let report = assert_returns_at_deadline(|| block_on(tracker.flush(DEADLINE)));
    assert!(!report.complete && report.ledger.is_balanced(), "{report}");
    let report = assert_returns_at_deadline(|| current_thread().block_on(tracker.flush(DEADLINE)));
    assert!(!report.complete, "{report}");
    let report = assert_returns_at_deadline(|| block_on(tracker.shutdown(DEADLINE)));
    assert!(!report.complete && report.ledger.is_balanced(), "{report}");
    // A reader unblocks the thread.
    std::thread::scope(|scope| {
        let mut reader = std::fs::File::open(&pipe).unwrap();
        let (stop, stopped) = mpsc::channel::<()>();
        scope.spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
                if reader.read(&mut buffer).unwrap() == 0 {
                    break;
                }
            }
        });
        let report = tracker.flush_blocking(TEST_TIMEOUT);
        assert_eq!(report.ledger.pending, 0, "{report}");
        drop(stop);
        drop(tracker);
    });
}

#[test]
fn a_deadline_that_is_not_reached_does_not_matter() {
    let server = healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    for timeout in [HOUR, Duration::MAX] {
        tracker.track(&test_user(), numbered_event(1));
        assert!(block_on(tracker.flush(timeout)).is_all_delivered());
        tracker.track(&test_user(), numbered_event(1));
        assert!(block_on(tracker.sync(timeout)).is_all_delivered());
        tracker.track(&test_user(), numbered_event(1));
        assert!(tracker.flush_blocking(timeout).is_all_delivered());
    }
    assert!(block_on(tracker.flush(Duration::ZERO)).complete);
    assert!(tracker.sync_blocking(Duration::ZERO).complete);
    assert!(block_on(tracker.shutdown(Duration::MAX)).is_all_delivered());
    assert!(block_on(tracker.shutdown(Duration::MAX)).is_all_delivered());
}

struct NoWaker;

impl Wake for NoWaker {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_future_that_is_dropped_early_leaves_nothing_behind() {
    let server = FaultServer::start(FaultPlan::always(Behavior::Hang));
    let tracker = fast_tracker_builder(&server)
        .drop_timeout(Duration::ZERO)
        .build()
        .unwrap();
    tracker.track(&test_user(), numbered_event(1));
    server.wait_for_requests(1);
    let marker = Arc::new(NoWaker);
    for timeout in [HOUR, Duration::MAX] {
        let waker = Waker::from(Arc::clone(&marker));
        let mut context = Context::from_waker(&waker);
        assert!(pin!(tracker.flush(timeout)).poll(&mut context).is_pending());
        assert!(pin!(tracker.sync(timeout)).poll(&mut context).is_pending());
    }
    // The delivery thread drops the requests, and with them the wakers.
    let start = Instant::now();
    while Arc::strong_count(&marker) > 1 {
        assert!(start.elapsed() < TEST_TIMEOUT, "a waker is still held");
        std::thread::yield_now();
    }
}

/// A waker that panics.
struct PanicsOnWake;

impl Wake for PanicsOnWake {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

#[test]
fn a_waker_that_panics_does_not_end_the_thread() {
    let server = healthy();
    let tracker = fast_tracker_builder(&server).build().unwrap();
    let waker = Waker::from(Arc::new(PanicsOnWake));
    let mut context = Context::from_waker(&waker);
    for number in 0..3 {
        tracker.track(&test_user(), numbered_event(number));
        let mut flush = pin!(tracker.flush(TEST_TIMEOUT));
        let start = Instant::now();
        let report = loop {
            if let Poll::Ready(report) = flush.as_mut().poll(&mut context) {
                break report;
            }
            assert!(start.elapsed() < TEST_TIMEOUT);
            std::thread::yield_now();
        };
        assert!(report.is_all_delivered(), "{report}");
    }
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
}
