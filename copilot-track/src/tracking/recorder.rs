//! `record(…)`: an event that tells how the call ended.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::conversation::scope::Frame;
use crate::event::track_event::TrackEvent as _;
use crate::tracking::call_site::Site;
use crate::tracking::pending_event::Draft;

/// What `record(…)` names.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // each is one word of the attribute
pub struct Record {
    /// `duration_ms`
    duration: bool,
    /// `outcome`
    outcome: bool,
    /// `error_type`
    error_type: bool,
}

impl Record {
    /// Of these.
    #[must_use]
    pub const fn new(duration: bool, outcome: bool, error_type: bool) -> Self {
        Self {
            duration,
            outcome,
            error_type,
        }
    }
}

impl Site {
    /// What `record(…)` names.
    #[must_use]
    pub fn facts(&self, duration: bool, outcome: bool, error_type: bool) -> Record {
        Record::new(duration, outcome, error_type)
    }
}

/// Sends a call's event when the call ends, in whatever way: with a value, an error, a panic, or
/// because its future is dropped.
pub(super) struct Recorder(Option<Box<Recording>>);

struct Recording {
    frame: Arc<Frame>,
    draft: Draft,
    record: Record,
    started: Instant,
}

impl Recorder {
    /// Begins to record.
    pub(super) fn new(frame: Arc<Frame>, record: Record, draft: Draft) -> Self {
        let now = frame.conversation().tracker().source().now();
        Self(Some(Box::new(Recording {
            draft: Draft::of(draft.into_event().timestamp(now)),
            frame,
            record,
            started: Instant::now(),
        })))
    }

    /// The function has ended with a value.
    pub(super) fn finish(self, failure: Option<&'static str>) {
        let outcome = if failure.is_some() { "error" } else { "ok" };
        self.finish_as(failure, Cow::Borrowed(outcome));
    }

    /// The same, with another word for how it went.
    pub(super) fn finish_as(mut self, failure: Option<&'static str>, outcome: Cow<'static, str>) {
        self.send(outcome, failure);
    }

    fn send(&mut self, outcome: Cow<'static, str>, failure: Option<&'static str>) {
        let Some(recording) = self.0.take() else {
            return;
        };
        let Recording {
            frame,
            draft,
            record,
            started,
        } = *recording;
        let mut event = draft.into_event();
        if record.duration {
            event = event.property("duration_ms", milliseconds(started));
        }
        if record.outcome {
            event = event.property("outcome", outcome);
        }
        if let (true, Some(error_type)) = (record.error_type, failure) {
            event = event.property("error_type", error_type);
        }
        frame.track(event);
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let outcome = if std::thread::panicking() {
            "panicked"
        } else {
            "cancelled"
        };
        self.send(Cow::Borrowed(outcome), None);
    }
}

/// With a fraction, always: a warehouse types a column by its first value.
pub(super) fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recorder").field(&self.0.is_some()).finish()
    }
}
