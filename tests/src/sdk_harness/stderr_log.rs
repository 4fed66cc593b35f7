//! Writes the library's log to stderr, and stores the logged reasons why events were lost.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// See [`reasons`].
static REASONS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Starts writing the library's log to stderr.
pub fn to_stderr() {
    // This fails only if there is already a subscriber.
    let _ = tracing::subscriber::set_global_default(Stderr);
}

/// Returns the latest explanation that was logged for this drop reason.
pub fn explanation(reason: &str) -> Option<String> {
    let reasons = reasons();
    let (_, why) = reasons.iter().rev().find(|(known, _)| known == reason)?;
    Some(why.clone())
}

/// Returns each drop reason with its latest explanation. The newest explanation comes last. For an
/// explanation of an outage, the drop reason is an empty string.
pub fn reasons() -> MutexGuard<'static, Vec<(String, String)>> {
    REASONS.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Stderr;

impl Subscriber for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::DEBUG && metadata.target().starts_with("copilot_track")
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        eprintln!("{} {}", event.metadata().level(), line.text.trim_start());
        if let Some(explanation) = line.explanation {
            let reason = line.reason.unwrap_or_default();
            let mut reasons = reasons();
            reasons.retain(|(known, _)| *known != reason);
            reasons.push((reason, explanation));
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The fields of one log event.
#[derive(Default)]
struct Line {
    text: String,
    reason: Option<String>,
    explanation: Option<String>,
}

impl Line {
    fn add(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.text.insert_str(0, &value),
            name => self.text.extend([" ", name, "=", &value]),
        }
        match field.name() {
            "reason" => self.reason = Some(value),
            "cause" => self.explanation = Some(value),
            _ => {}
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }
}
