//! What the tracker says through `tracing`: on stderr, and the reasons kept.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// See [`reasons`].
static REASONS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Begins to write what the library says to stderr.
pub fn to_stderr() {
    // It can only fail where there is a subscriber already.
    let _ = tracing::subscriber::set_global_default(Stderr);
}

/// The latest explanation for this reason.
pub fn why(reason: &str) -> Option<String> {
    let reasons = reasons();
    let (_, why) = reasons.iter().rev().find(|(known, _)| known == reason)?;
    Some(why.clone())
}

/// All explanations so far, by reason, the newest last; that of an outage stands under the empty
/// reason.
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
        if let Some(why) = line.why {
            let reason = line.reason.unwrap_or_default();
            let mut reasons = reasons();
            reasons.retain(|(known, _)| *known != reason);
            reasons.push((reason, why));
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// One event's fields.
#[derive(Default)]
struct Line {
    text: String,
    reason: Option<String>,
    why: Option<String>,
}

impl Line {
    fn add(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.text.insert_str(0, &value),
            name => self.text.extend([" ", name, "=", &value]),
        }
        match field.name() {
            "reason" => self.reason = Some(value),
            "why" => self.why = Some(value),
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
