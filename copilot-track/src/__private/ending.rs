//! Events that wait for the end of the function.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::draft::Draft;
use super::site::{Chosen, Site};
use crate::event::TrackEvent as _;
use crate::scope::Frame;

/// Sent when the function has succeeded, and not otherwise.
pub struct Held(Option<Box<(Arc<Frame>, Draft)>>);

impl Site {
    /// Holds an event back.
    pub fn hold(&self, chosen: Chosen, draft: impl FnOnce() -> Draft) -> Held {
        let call = self.call_in(chosen);
        Held(call.map(|call| Box::new((call.0, draft()))))
    }

    /// Begins to record a call.
    pub fn record(
        &self,
        chosen: Chosen,
        record: Record,
        draft: impl FnOnce() -> Draft,
    ) -> Recorder {
        let call = self.call_in(chosen);
        Recorder(call.map(|call| {
            let now = call.0.conversation().tracker().source().now();
            Box::new(Recording {
                draft: Draft::of(draft().into_event().timestamp(now)),
                frame: call.0,
                record,
                started: Instant::now(),
            })
        }))
    }
}

impl Held {
    /// The function has ended.
    pub fn finish(self, failure: Option<&'static str>) {
        if let (Some(held), None) = (self.0, failure) {
            let (frame, draft) = *held;
            frame.track(draft.into_event());
        }
    }
}

/// What `record(…)` names.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // each is one word of the attribute
pub struct Record {
    /// `duration_ms`
    pub duration: bool,
    /// `outcome`
    pub outcome: bool,
    /// `error_type`
    pub error_type: bool,
}

/// Sends a call's event when the call ends, in whatever way: with a value, an error, a panic, or because its future is
/// dropped.
pub struct Recorder(Option<Box<Recording>>);

struct Recording {
    frame: Arc<Frame>,
    draft: Draft,
    record: Record,
    started: Instant,
}

impl Recorder {
    /// The function has ended with a value.
    pub fn finish(mut self, failure: Option<&'static str>) {
        let outcome = if failure.is_some() { "error" } else { "ok" };
        self.send(Cow::Borrowed(outcome), failure);
    }

    /// The same, with another word for how it went.
    pub fn finish_as(mut self, failure: Option<&'static str>, outcome: Cow<'static, str>) {
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

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Held").field(&self.0.is_some()).finish()
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recorder").field(&self.0.is_some()).finish()
    }
}
