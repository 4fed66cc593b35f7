//! Application code on the delivery thread neither waits for that thread nor tracks events.

use std::borrow::Cow;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::{Duration, Instant};

use copilot_track::segment::{self, Client, Message};
use copilot_track::{
    CustomEvent, Overflow, Properties, Report, Spool, TrackEvent, Tracker, TrackerBuilder,
};
use copilot_track_tests::{
    FaultServer, TEST_TIMEOUT, assert_ledger_matches, block_on, fast_tracker_builder,
    numbered_event, test_user,
};
use serde::{Serialize, Serializer};

/// This is longer than the test waits. If a call on the delivery thread waits for that thread, the
/// test fails before the call returns.
const FOREVER: Duration = Duration::from_secs(100_000);

/// A probe that calls each of the tracker's waiting methods when the delivery thread calls
/// [`run`](Self::run) for the first time.
#[derive(Clone)]
struct Probe {
    tracker: Arc<Mutex<Option<Tracker>>>,
    reports: mpsc::Sender<Vec<Report>>,
}

impl Probe {
    fn run(&self) {
        let tracker = self.tracker.lock().unwrap().take();
        if let Some(tracker) = tracker {
            let reports = vec![
                tracker.flush_blocking(FOREVER),
                block_on(tracker.flush(FOREVER)),
                tracker.sync_blocking(FOREVER),
                block_on(tracker.sync(FOREVER)),
                tracker.shutdown_blocking(FOREVER),
                block_on(tracker.shutdown(FOREVER)),
            ];
            let _ = self.reports.send(reports);
        }
    }
}

/// Asserts that every wait returns at once. `build` or `event` passes the probe to code that runs
/// on the delivery thread.
#[track_caller]
fn assert_returns_at_once<E: TrackEvent + Send + 'static>(
    build: impl FnOnce(&Probe) -> TrackerBuilder,
    event: impl FnOnce(&Probe) -> E,
) {
    let (sender, reports) = mpsc::channel();
    let probe = Probe {
        tracker: Arc::default(),
        reports: sender,
    };
    let tracker = build(&probe).write_key("key").build().unwrap();
    *probe.tracker.lock().unwrap() = Some(tracker.clone());
    tracker.track(&test_user(), event(&probe));
    let reports = reports.recv_timeout(TEST_TIMEOUT).unwrap();
    assert_eq!(reports.len(), 6);
    for report in reports {
        assert!(report.on_delivery_thread && !report.complete, "{report}");
        assert!(report.ledger.is_balanced(), "{report}");
        let text = report.to_string();
        assert!(text.ends_with(", called on the delivery thread"), "{text}");
    }
    // The shutdown that the probe requested has begun.
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert!(report.complete && !report.on_delivery_thread, "{report}");
    assert!(report.is_all_delivered(), "{report}");
}

fn event(_: &Probe) -> CustomEvent {
    numbered_event(1)
}

fn to_sink(_: &Probe) -> TrackerBuilder {
    Tracker::builder().json_lines(io::sink())
}

#[test]
fn waiting_in_a_hook_returns_at_once() {
    let build = |probe: &Probe| {
        let probe = probe.clone();
        Tracker::builder()
            .json_lines(io::sink())
            .before_send(move |message| {
                probe.run();
                Some(message)
            })
    };
    assert_returns_at_once(build, event);
    let directory = tempfile::tempdir().unwrap();
    let spool = Spool::new(directory.path()).strict(true);
    assert_returns_at_once(|probe| build(probe).spool(spool), event);
}

/// A client that waits before it accepts a batch.
struct WaitingClient(Probe);

#[async_trait::async_trait]
impl Client for WaitingClient {
    async fn send(&self, _: String, _: Message) -> segment::Result<()> {
        self.0.run();
        Ok(())
    }
}

#[test]
fn waiting_in_a_client_returns_at_once() {
    assert_returns_at_once(
        |probe| Tracker::builder().segment_client(WaitingClient(probe.clone())),
        event,
    );
}

/// A writer that waits before it accepts a line.
struct WaitingWriter(Probe);

impl io::Write for WaitingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.run();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn waiting_in_a_writer_of_lines_returns_at_once() {
    assert_returns_at_once(
        |probe| Tracker::builder().json_lines(WaitingWriter(probe.clone())),
        event,
    );
}

/// A value that waits while it is serialized.
struct WaitingValue(Probe);

impl Serialize for WaitingValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.run();
        serializer.serialize_u8(1)
    }
}

#[derive(TrackEvent)]
struct WithWaitingValue {
    value: WaitingValue,
}

#[test]
fn waiting_while_a_value_is_serialized_returns_at_once() {
    assert_returns_at_once(to_sink, |probe| WithWaitingValue {
        value: WaitingValue(probe.clone()),
    });
}

/// An event that waits when it is dropped.
struct WaitingDrop(Probe);

impl TrackEvent for WaitingDrop {
    fn name(&self) -> Cow<'static, str> {
        "Waiting".into()
    }

    fn write_properties(&self, _: &mut Properties<'_>) {}
}

impl Drop for WaitingDrop {
    fn drop(&mut self) {
        self.0.run();
    }
}

#[test]
fn waiting_in_a_drop_returns_at_once() {
    assert_returns_at_once(to_sink, |probe| WaitingDrop(probe.clone()));
}

#[test]
fn a_flush_of_another_tracker_waits_in_a_hook() {
    let other = Tracker::builder()
        .json_lines(io::sink())
        .flush_interval(Duration::from_secs(60))
        .build()
        .unwrap();
    other.track(&test_user(), numbered_event(1));
    let (sender, reports) = mpsc::channel();
    let tracker = Tracker::builder()
        .json_lines(io::sink())
        .before_send(move |message| {
            let _ = sender.send(other.flush_blocking(TEST_TIMEOUT));
            Some(message)
        })
        .build()
        .unwrap();
    tracker.track(&test_user(), numbered_event(2));
    let report = reports.recv_timeout(TEST_TIMEOUT).unwrap();
    assert!(report.is_all_delivered(), "{report}");
}

#[test]
fn a_replay_in_a_hook_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("letters.jsonl");
    std::fs::write(&file, "not a letter\n").unwrap();
    let handle: Arc<Mutex<Option<Tracker>>> = Arc::default();
    let (sender, results) = mpsc::channel();
    let hook = (Arc::clone(&handle), file.clone());
    let tracker = Tracker::builder()
        .json_lines(io::sink())
        .dead_letters(&file)
        .before_send(move |message| {
            let tracker = hook.0.lock().unwrap().take();
            let result = tracker.map(|tracker| tracker.replay_dead_letters(&hook.1, FOREVER));
            let _ = sender.send(result);
            Some(message)
        })
        .build()
        .unwrap();
    *handle.lock().unwrap() = Some(tracker.clone());
    tracker.track(&test_user(), numbered_event(1));
    let result = results.recv_timeout(TEST_TIMEOUT).unwrap().unwrap();
    let error = result.unwrap_err().to_string();
    assert!(error.contains("on a delivery thread"), "{error}");
    assert!(file.exists());
}

#[test]
fn events_that_a_hook_tracks_are_dropped_and_counted() {
    let directory = tempfile::tempdir().unwrap();
    for configure in [
        |builder: TrackerBuilder, _: &_| builder,
        |builder: TrackerBuilder, _: &_| builder.overflow(Overflow::Block(FOREVER)),
        |builder: TrackerBuilder, directory: &std::path::Path| {
            builder.spool(Spool::new(directory).strict(true))
        },
    ] {
        let server = FaultServer::healthy();
        let handle: Arc<Mutex<Option<Tracker>>> = Arc::default();
        let other = Tracker::builder().json_lines(io::sink()).build().unwrap();
        let hook = (Arc::clone(&handle), other.clone());
        let builder = fast_tracker_builder(&server).before_send(move |message| {
            if let Some(tracker) = &*hook.0.lock().unwrap() {
                tracker.track(&test_user(), numbered_event(0));
                tracker.identify(&test_user());
                tracker.send(segment::message::Track::default());
                tracker.conversation(test_user()).message_sent("Hello");
            }
            hook.1.track(&test_user(), numbered_event(0));
            Some(message)
        });
        let tracker = configure(builder, directory.path()).build().unwrap();
        *handle.lock().unwrap() = Some(tracker.clone());
        for number in 0..10 {
            tracker.track(&test_user(), numbered_event(number));
        }
        let report = tracker.flush_blocking(TEST_TIMEOUT);
        *handle.lock().unwrap() = None;
        assert!(report.complete, "{report}");
        assert_eq!(report.ledger.delivered, 10, "{report}");
        // No Conversation Started is emitted, because the message that would cause it is dropped.
        assert_eq!(report.ledger.dropped.reentrant, 40, "{report}");
        assert_eq!(other.ledger().dropped.reentrant, 10);
        assert_ledger_matches(report.ledger, &server.log());
        drop(tracker);
    }
}

/// A client that fails six times. At the last failure, it requests a shutdown.
struct ShutsDown {
    tracker: Arc<OnceLock<Tracker>>,
    attempts: Arc<AtomicU32>,
}

#[async_trait::async_trait]
impl Client for ShutsDown {
    async fn send(&self, _: String, _: Message) -> segment::Result<()> {
        let attempt = self.attempts.fetch_add(1, Ordering::SeqCst) + 1;
        if attempt == 6 {
            // The next backoff is longer than this.
            let tracker = self.tracker.get().unwrap();
            let _ = tracker.shutdown_blocking(Duration::from_secs(4));
        }
        assert!(attempt > 6, "the attempt fails");
        Ok(())
    }
}

#[test]
fn a_shutdown_ends_the_backoff_of_a_batch_that_fails_at_the_same_moment() {
    let directory = tempfile::tempdir().unwrap();
    let (slot, attempts) = (Arc::new(OnceLock::new()), Arc::new(AtomicU32::new(0)));
    let tracker = Tracker::builder()
        .write_key("key")
        .segment_client(ShutsDown {
            tracker: Arc::clone(&slot),
            attempts: Arc::clone(&attempts),
        })
        // With a spool, a batch whose client panics is retried.
        .spool(directory.path())
        .flush_interval(Duration::from_millis(1))
        .build()
        .unwrap();
    let _ = slot.set(tracker.clone());
    let begun = Instant::now();
    let wait_until = |reached: &dyn Fn() -> bool| {
        while !reached() {
            assert!(begun.elapsed() < TEST_TIMEOUT, "{}", tracker.ledger());
            std::thread::yield_now();
        }
    };
    tracker.track(&test_user(), numbered_event(1));
    for attempt in 1..=5 {
        wait_until(&|| attempts.load(Ordering::SeqCst) >= attempt);
        // This ends the backoff.
        let _ = tracker.flush_blocking(Duration::ZERO);
    }
    wait_until(&|| tracker.ledger().pending == 0);
    assert_eq!(tracker.ledger().delivered, 1);
    assert_eq!(attempts.load(Ordering::SeqCst), 7);
}
