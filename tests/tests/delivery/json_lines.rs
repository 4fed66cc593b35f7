//! Events as lines of JSON.

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
enum Act {
    Fail,
    /// Takes so many bytes, and fails at the next call.
    Short(usize),
    Panic,
}

/// A file that fails as told, and then works.
#[derive(Clone, Default)]
struct Paper {
    acts: Arc<Mutex<VecDeque<Act>>>,
    text: Arc<Mutex<Vec<u8>>>,
}

impl Paper {
    fn acting(acts: impl IntoIterator<Item = Act>) -> Self {
        Self {
            acts: Arc::new(Mutex::new(acts.into_iter().collect())),
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

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let act = self.acts.lock().unwrap().pop_front();
        let length = match act {
            Some(Act::Fail) => return Err(io::Error::other("no more paper")),
            Some(Act::Short(length)) => length.min(bytes.len()),
            Some(Act::Panic) => panic!("a writer that panics"),
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

fn tracker(paper: &Paper) -> Tracker {
    Tracker::builder()
        .json_lines(paper.clone())
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
    let paper = Paper::default();
    let tracker = tracker(&paper);
    emit(&tracker, 3);
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    assert_eq!(paper.numbers(), [0, 1, 2]);
}

#[test]
fn line_breaks_in_text_are_escaped() {
    let paper = Paper::default();
    let tracker = tracker(&paper);
    tracker.track(
        &test_user(),
        numbered_event(7).property("text", "a\nb\r\nc\u{2028}d\u{85}"),
    );
    assert!(tracker.shutdown_blocking(TEST_TIMEOUT).is_all_delivered());
    assert_eq!(paper.numbers(), [7]);
}

#[test]
fn a_failed_write_is_retried() {
    let paper = Paper::acting([Act::Fail, Act::Fail]);
    let tracker = tracker(&paper);
    emit(&tracker, 3);
    let report = flush_until_complete(&tracker);
    assert!(report.is_all_delivered(), "{report}");
    assert_eq!(report.ledger.retries, 2);
    assert_eq!(paper.numbers(), [0, 1, 2]);
}

#[test]
fn a_partial_write_leaves_no_broken_line() {
    let paper = Paper::acting([Act::Short(700), Act::Fail]);
    let tracker = tracker(&paper);
    emit(&tracker, 10);
    let report = flush_until_complete(&tracker);
    assert!(report.is_all_delivered(), "{report}");
    let mut numbers = paper.numbers();
    numbers.dedup();
    assert_eq!(numbers, (0..10).collect::<Vec<_>>(), "each once");
}

#[test]
fn a_panicking_writer_loses_only_its_batch() {
    let paper = Paper::acting([Act::Panic]);
    let tracker = tracker(&paper);
    emit(&tracker, 3);
    let report = tracker.flush_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.dropped.rejected, 3, "{report}");
    emit(&tracker, 2);
    let report = tracker.shutdown_blocking(TEST_TIMEOUT);
    assert_eq!(report.ledger.delivered, 2, "{report}");
    assert_eq!(paper.numbers(), [0, 1]);
}

/// A pipe whose reader has gone to lunch.
struct Stuck(mpsc::Receiver<()>);

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Until the test is over.
        let _ = self.0.recv();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_blocked_writer_does_not_delay_flush_or_shutdown() {
    let (release, stuck) = mpsc::channel();
    let tracker = Tracker::builder().json_lines(Stuck(stuck)).build().unwrap();
    emit(&tracker, 3);
    let deadline = Duration::from_millis(200);
    let begun = Instant::now();
    assert!(!tracker.flush_blocking(deadline).complete);
    assert!(!block_on(tracker.flush(deadline)).complete);
    assert!(!block_on(tracker.shutdown(deadline)).complete);
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert!(tracker.ledger().is_balanced());
    drop(release);
}
