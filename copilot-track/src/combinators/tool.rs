//! Tool calls.

use std::fmt;

use super::call_kind::{CallKind, EventSetting, EventSettings};
use super::tracked::Tracked;
use crate::args::{IntoOutcome, Outcome};
use crate::tracking::call_site::{CallSite, TargetConversation};
use crate::tracking::pending_event::PendingEvent;
use crate::tracking::tracked_call::{Completion, TrackedCall};

/// A tool call, which sends Action Invoked. `O` determines the outcome that is recorded.
pub struct Tool<O = NoOutcome> {
    event: PendingEvent,
    records_duration: bool,
    records_outcome: bool,
    records_error_type: bool,
    outcome: O,
}

/// The outcome is not recorded.
#[derive(Debug)]
pub struct NoOutcome;

/// The outcome is that of the output, which implements [`Outcome`].
#[derive(Debug)]
pub struct ByOutcome;

/// A closure derives the outcome from the output.
pub struct OutcomeOf<C>(C);

impl Tool {
    pub(super) fn new(event: PendingEvent) -> Self {
        Self {
            event,
            records_duration: false,
            records_outcome: false,
            records_error_type: false,
            outcome: NoOutcome,
        }
    }
}

impl<O> Tool<O> {
    fn with_outcome<P>(self, outcome: P) -> Tool<P> {
        Tool {
            event: self.event,
            records_duration: self.records_duration,
            records_outcome: self.records_outcome,
            records_error_type: self.records_error_type,
            outcome,
        }
    }

    fn start_call(&mut self, site: &'static CallSite, target: TargetConversation) -> TrackedCall {
        let event = self.event.take();
        let (duration, outcome, error_type) = (
            self.records_duration,
            self.records_outcome,
            self.records_error_type,
        );
        if duration || outcome || error_type {
            let options = site.record_options(duration, outcome, error_type);
            return site.record(target, options, || event);
        }
        if let Some(scope) = site.active_scope(target) {
            scope.send(event);
        }
        site.untracked()
    }
}

impl<F, O> Tracked<F, Tool<O>> {
    /// Adds `duration_ms`: the duration in milliseconds, rounded to microseconds.
    ///
    /// A recorded event is sent when the call ends. Its timestamp is the start of the call.
    pub fn record_duration(self) -> Self {
        self.map_kind(|mut tool| {
            tool.records_duration = true;
            tool
        })
    }
}

impl<F: Future> Tracked<F, Tool> {
    /// Adds `outcome`: `ok`, `error`, `cancelled` (the future was dropped), or `panicked`.
    pub fn record_outcome(self) -> Tracked<F, Tool<ByOutcome>>
    where
        F::Output: Outcome,
    {
        self.map_kind(|tool| tool.with_outcome(ByOutcome))
            .record_outcome()
    }

    /// Adds `error_type`: the name of the error's type, if the call failed.
    pub fn record_error_type(self) -> Tracked<F, Tool<ByOutcome>>
    where
        F::Output: Outcome,
    {
        self.map_kind(|tool| tool.with_outcome(ByOutcome))
            .record_error_type()
    }

    /// Adds `outcome`, which a closure derives from the output: `ok` for `true`, `error` for
    /// `false`, or the text that the closure returns. The outcome is `cancelled` if the future was
    /// dropped and `panicked` if it panicked.
    pub fn record_outcome_with<C, O>(self, outcome: C) -> Tracked<F, Tool<OutcomeOf<C>>>
    where
        C: FnOnce(&F::Output) -> O,
        O: IntoOutcome,
    {
        self.map_kind(|tool| {
            let mut tool = tool.with_outcome(OutcomeOf(outcome));
            tool.records_outcome = true;
            tool
        })
    }
}

impl<F: Future> Tracked<F, Tool<ByOutcome>> {
    /// Adds `outcome`: `ok`, `error`, `cancelled` (the future was dropped), or `panicked`.
    pub fn record_outcome(self) -> Self {
        self.map_kind(|mut tool| {
            tool.records_outcome = true;
            tool
        })
    }

    /// Adds `error_type`: the name of the error's type, if the call failed.
    pub fn record_error_type(self) -> Self {
        self.map_kind(|mut tool| {
            tool.records_error_type = true;
            tool
        })
    }
}

impl<O> EventSettings for Tool<O> {
    fn set(&mut self, setting: EventSetting) {
        self.event.set(setting);
    }
}

impl<T> CallKind<T> for Tool {
    fn start(&mut self, site: &'static CallSite, target: TargetConversation) -> TrackedCall {
        self.start_call(site, target)
    }

    fn complete(self, _: &T, completion: Completion) {
        completion.finish(None);
    }
}

impl<T: Outcome> CallKind<T> for Tool<ByOutcome> {
    fn start(&mut self, site: &'static CallSite, target: TargetConversation) -> TrackedCall {
        self.start_call(site, target)
    }

    fn complete(self, output: &T, completion: Completion) {
        completion.finish(output.failure());
    }
}

impl<T, O: IntoOutcome, C: FnOnce(&T) -> O> CallKind<T> for Tool<OutcomeOf<C>> {
    fn start(&mut self, site: &'static CallSite, target: TargetConversation) -> TrackedCall {
        self.start_call(site, target)
    }

    fn complete(self, output: &T, completion: Completion) {
        completion.finish_with_outcome(None, (self.outcome.0)(output).to_outcome());
    }
}

impl<O> fmt::Debug for Tool<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool").finish_non_exhaustive()
    }
}

impl<C> fmt::Debug for OutcomeOf<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OutcomeOf")
    }
}
