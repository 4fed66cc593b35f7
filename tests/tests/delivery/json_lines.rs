//! Output as JSON lines.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use copilot_track::Tracker;
use copilot_track_tests::{
    TEST_TIMEOUT, block_on, flush_until_complete, numbered_event, test_user,
};
use serde_json::Value;

#[derive(Clone, Copy)]
enum Action {
    Fail,
    /// Writes at most this many bytes.
    Short(usize),
    Panic,
}

/// A writer that performs the given actions first and then works normally.
#[derive(Clone, Default)]
struct FlakyWriter {
    actions: Arc<Mutex<VecDeque<Action>>>,
    text: Arc<Mutex<Vec<u8>>>,
}

impl FlakyWriter {
    fn with_actions(actions: impl IntoIterator<Item = Action>) -> Self {
        Self {
            actions: Arc::new(Mutex::new(actions.into_iter().collect())),
            ..Self::default()
        }
    }

    fn numbers(&self) -> Vec<u64> {
        let text = String::from_utf8(self.text.lock().unwrap().clone()).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines()
            .map(|line| serde_json::from_str::<Value>(line).expect(line))
            .map(|event| event["properties"]["number"].as_u64().unwrap())
            .collect()
    }
}

impl Write for FlakyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let action = self.actions.lock().unwrap().pop_front();
        let length = match action {
            Some(Action::Fail) => return Err(io::Error::other("the disk is full")),
            Some(Action::Short(length)) => length.min(bytes.len()),
            Some(Action::Panic) => panic!("a writer that panics"),
            None => bytes.len(),
        };
        self.text
            .lock()
            .unwrap()
            .extend_from_slice(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn tracker(writer: &FlakyWriter) -> Tracker {
    Tracker::builder()
        .json_lines(writer.clone())
        .build()
        .unwrap()
}

fn emit(tracker: &Tracker, events: u64) {
    for number in 0..events {
        tracker.track(&test_user(), numbered_event(number));
    }
}

#[test]
fn each_event_is_one_line() {
    let writer = FlakyWriter::default();
    let tracker = tracker(&writer);
    emit(&tracker, 3);
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    assert_eq!(writer.numbers(), [0, 1, 2]);
}

#[test]
fn line_breaks_in_text_are_escaped() {
    let writer = FlakyWriter::default();
    let tracker = tracker(&writer);
    tracker.track(
        &test_user(),
        numbered_event(7).property("text", "a\nb\r\nc\u{2028}d\u{85}"),
    );
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    assert_eq!(writer.numbers(), [7]);
}

#[test]
fn a_failed_write_is_retried() {
    let writer = FlakyWriter::with_actions([Action::Fail, Action::Fail]);
    let tracker = tracker(&writer);
    emit(&tracker, 3);
    let report = flush_until_complete(&tracker);
    assert!(report.is_all_delivered(), "{report}");
    assert_eq!(report.ledger.retries, 2);
    assert_eq!(writer.numbers(), [0, 1, 2]);
}

#[test]
fn a_partial_write_leaves_no_broken_line() {
    let writer = FlakyWriter::with_actions([Action::Short(700), Action::Fail]);
    let tracker = tracker(&writer);
    emit(&tracker, 10);
    let report = flush_until_complete(&tracker);
    assert!(report.is_all_delivered(), "{report}");
    let mut numbers = writer.numbers();
    numbers.dedup();
    assert_eq!(
        numbers,
        (0..10).collect::<Vec<_>>(),
        "an event is missing or repeated"
    );
}

#[test]
fn a_panicking_writer_loses_only_its_batch() {
    let writer = FlakyWriter::with_actions([Action::Panic]);
    let tracker = tracker(&writer);
    emit(&tracker, 3);
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.dropped.rejected, 3, "{report}");
    emit(&tracker, 2);
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.delivered, 2, "{report}");
    assert_eq!(writer.numbers(), [0, 1]);
}

/// A writer that blocks, like a full pipe that nobody reads.
struct BlockedWriter(mpsc::Receiver<()>);

impl Write for BlockedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Blocks until the end of the test.
        let _ = self.0.recv();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_blocked_writer_does_not_delay_flush_or_shutdown() {
    let (release, released) = mpsc::channel();
    let tracker = Tracker::builder()
        .json_lines(BlockedWriter(released))
        .build()
        .unwrap();
    emit(&tracker, 3);
    let deadline = Duration::from_millis(200);
    let start = Instant::now();
    assert!(!tracker.flush_blocking(deadline).complete);
    assert!(!block_on(tracker.flush(deadline)).complete);
    assert!(!block_on(tracker.shutdown(deadline)).complete);
    assert!(start.elapsed() < Duration::from_secs(20));
    assert!(tracker.ledger().is_balanced());
    drop(release);
}
