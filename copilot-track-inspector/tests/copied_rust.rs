//! Tests that "copy as Rust" on the page produces code that compiles and sends the same event.
//!
//! The page's code generates the snippets. `.ci/run` checks that they are up to date.

use std::{
    error::Error,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use copilot_track::Tracker;
use serde_json::{Map, Value};

type Snippet = fn(&Tracker) -> Result<(), Box<dyn Error>>;

#[path = "copied_rust/snippets.rs"]
#[rustfmt::skip] // As the page copies it.
#[allow(clippy::unnecessary_wraps, clippy::too_many_lines, clippy::unreadable_literal, clippy::unicode_not_nfc, unreachable_pub)]
mod snippets;

const EVENTS: &str = include_str!("copied_rust/events.json");

/// A writer whose lines a test can read.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_copied_snippet_sends_the_event_that_was_shown() -> Result<(), Box<dyn Error>> {
    let events: Map<String, Value> = serde_json::from_str(EVENTS)?;
    assert_eq!(events.len(), snippets::ALL.len());
    for (name, snippet) in snippets::ALL {
        let lines = Lines::default();
        let tracker = Tracker::builder().json_lines(lines.clone()).build()?;
        snippet(&tracker)?;
        let report = tracker.shutdown_blocking(Duration::from_secs(30));
        assert!(report.is_all_delivered(), "{name}: {report}");
        let lines = lines.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The first message of a conversation also sends Conversation Started.
        let sent = lines
            .split(|&byte| byte == b'\n')
            .rfind(|line| !line.is_empty())
            .ok_or("nothing was sent")?;
        let mut sent: Map<String, Value> = serde_json::from_slice(sent)?;
        // Every client adds these members.
        for added in ["messageId", "timestamp", "context"] {
            assert!(sent.remove(added).is_some(), "{name}: no {added}");
        }
        let expected = Value::Object(
            events[*name]
                .as_object()
                .ok_or("an event is an object")?
                .clone(),
        );
        assert_eq!(plain(Value::Object(sent)), plain(expected), "{name}");
    }
    Ok(())
}

/// Normalizes a value for comparison. Numbers become doubles, because a rating is sent as `5.0`.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(list) => list.into_iter().map(plain).collect(),
        Value::Object(object) => object
            .into_iter()
            // Segment treats empty `properties` and `traits` as if they were missing.
            .filter(|(name, value)| {
                !(matches!(name.as_str(), "traits" | "properties")
                    && value.as_object().is_some_and(Map::is_empty))
            })
            .map(|(name, value)| (name, plain(value)))
            .collect(),
        other => other,
    }
}
