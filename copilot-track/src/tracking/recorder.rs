//! The `record(…)` argument: events that report the outcome and the duration of a call.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::conversation::reported_calls::{CallDescription, Description};
use crate::conversation::scope::Scope;
use crate::event::extra_properties::SerializedValue;
use crate::event::properties::opt_in::{DURATION_MS, ERROR_TYPE, OUTCOME};
use crate::event::track_event::TrackEvent as _;
use crate::tracking::call_site::CallSite;
use crate::tracking::pending_event::PendingEvent;

/// The `outcome` of a call whose future was dropped.
const CANCELLED: &str = "cancelled";

/// The arguments of `record(…)`.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools)] // each field is one argument
pub struct RecordOptions {
    /// Whether to send `duration_ms`.
    duration: bool,
    /// Whether to send `outcome`.
    outcome: bool,
    /// Whether to send `error_type`.
    error_type: bool,
}

impl RecordOptions {
    /// Creates the options.
    #[must_use]
    pub const fn new(duration: bool, outcome: bool, error_type: bool) -> Self {
        Self {
            duration,
            outcome,
            error_type,
        }
    }
}

impl CallSite {
    /// Creates the options of `record(…)`.
    #[must_use]
    pub fn record_options(&self, duration: bool, outcome: bool, error_type: bool) -> RecordOptions {
        RecordOptions::new(duration, outcome, error_type)
    }
}

/// A guard that sends the event of a call when the call returns, panics, or is cancelled.
pub(super) struct Recorder(Option<Box<Recording>>);

struct Recording {
    scope: Arc<Scope>,
    event: PendingEvent,
    options: RecordOptions,
    started: Instant,
    /// The call that an adapter reports, if the event describes that call.
    described: Option<Arc<CallDescription>>,
    /// Whether an argument is being evaluated after the call has returned.
    is_evaluating: bool,
}

impl Recorder {
    /// Starts recording.
    pub(super) fn new(scope: Arc<Scope>, options: RecordOptions, event: PendingEvent) -> Self {
        let now = scope.core().tracker().id_and_clock().now();
        Self(Some(Box::new(Recording {
            event: PendingEvent::new(event.into_event().timestamp(now)),
            scope,
            options,
            started: Instant::now(),
            described: None,
            is_evaluating: false,
        })))
    }

    /// Sets the call that the event describes instead of being sent.
    pub(super) fn describing(mut self, described: Option<Arc<CallDescription>>) -> Self {
        if let Some(recording) = &mut self.0 {
            recording.described = described;
        }
        self
    }

    /// Returns the scope. From now on, if this recorder is dropped because an argument panics, the
    /// event is discarded.
    pub(super) fn scope_for_panic(&mut self) -> Option<Arc<Scope>> {
        let recording = self.0.as_mut()?;
        recording.is_evaluating = true;
        Some(Arc::clone(&recording.scope))
    }

    /// Sets a property of the event.
    pub(super) fn set_property(&mut self, name: &'static str, value: SerializedValue) {
        if let Some(recording) = &mut self.0 {
            recording.event.set_property(name, value);
        }
    }

    /// Sends the event of a call that returned.
    pub(super) fn finish(self, failure: Option<&'static str>) {
        let outcome = if failure.is_some() { "error" } else { "ok" };
        self.finish_with_outcome(failure, Cow::Borrowed(outcome));
    }

    /// Sends the event of a call that returned, with a given `outcome`.
    pub(super) fn finish_with_outcome(
        mut self,
        failure: Option<&'static str>,
        outcome: Cow<'static, str>,
    ) {
        self.send(outcome, failure);
    }

    /// Sends the event of a call whose future was dropped. The thread may be panicking, because a
    /// panic elsewhere in a task drops all futures of the task.
    pub(super) fn cancel(mut self) {
        self.send(Cow::Borrowed(CANCELLED), None);
    }

    fn send(&mut self, outcome: Cow<'static, str>, failure: Option<&'static str>) {
        let Some(recording) = self.0.take() else {
            return;
        };
        let Recording {
            scope,
            event,
            options,
            started,
            described,
            ..
        } = *recording;
        let mut event = event.into_event();
        if let Some(call) = described {
            let description = Description {
                event: Some(event),
                outcome: options.outcome.then(|| outcome.clone()),
                error_type: failure.filter(|_| options.error_type),
            };
            match call.set(description, outcome == CANCELLED) {
                Some(late) => event = late,
                None => return,
            }
        }
        if options.duration {
            event = event.property(DURATION_MS, milliseconds(started.elapsed()));
        }
        if options.outcome {
            event = event.property(OUTCOME, outcome);
        }
        if let (true, Some(error_type)) = (options.error_type, failure) {
            event = event.property(ERROR_TYPE, error_type);
        }
        scope.track(event);
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let is_evaluating = self
            .0
            .as_ref()
            .is_some_and(|recording| recording.is_evaluating);
        if is_evaluating && std::thread::panicking() {
            // `complete_contained` counts the event.
            self.0 = None;
            return;
        }
        let outcome = if std::thread::panicking() {
            "panicked"
        } else {
            CANCELLED
        };
        self.send(Cow::Borrowed(outcome), None);
    }
}

/// Returns a duration in milliseconds, rounded to microseconds. The number is an `f64`, so it is
/// always sent with a decimal point. A warehouse derives the type of a column from the first value.
/// An integer column could not store the fraction of a later value.
#[allow(
    clippy::cast_precision_loss,
    reason = "exact for durations of up to 285 years"
)]
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    let micros = duration.as_nanos().saturating_add(500) / 1_000;
    micros as f64 / 1_000.0
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recorder").field(&self.0.is_some()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_rounded_to_microseconds() {
        for (nanos, ms) in [
            (0, "0.0"),
            (499, "0.0"),
            (500, "0.001"),
            (1_234_567, "1.235"),
            (5_000_000, "5.0"),
            (12_345_678_901_234, "12345678.901"),
        ] {
            let sent = milliseconds(Duration::from_nanos(nanos));
            assert_eq!(serde_json::to_string(&sent).unwrap(), ms);
        }
    }
}
