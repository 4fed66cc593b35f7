//! Counts the warnings that a thread logs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, set_default};
use tracing::{Event, Level, Metadata, Subscriber};

/// Counts the warnings that this thread logs until the value is dropped.
pub(super) struct WarningCounter {
    warnings: Arc<AtomicUsize>,
    _guard: DefaultGuard,
}

impl WarningCounter {
    pub(super) fn start() -> Self {
        let warnings = Arc::new(AtomicUsize::new(0));
        let guard = set_default(Counter(Arc::clone(&warnings)));
        Self {
            warnings,
            _guard: guard,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.warnings.load(Ordering::Relaxed)
    }
}

struct Counter(Arc<AtomicUsize>);

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::WARN && metadata.target().starts_with("copilot_track")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
