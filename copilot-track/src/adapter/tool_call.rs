//! Tool calls that an adapter reports.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::outcome::{CANCELLED, Outcome, PANICKED};
use super::turn_scope::TurnScope;
use super::words::to_words;
use crate::conversation::current::{self, InTurn};
use crate::conversation::reported_calls::{CallDescription, Description, LateEvent};
use crate::conversation::scope::Scope;
use crate::event::extra_properties::SerializedValue;
use crate::event::properties::opt_in::{DURATION_MS, ERROR_TYPE, OUTCOME};
use crate::event::properties::value::PropertyValue;
use crate::event::spec::ActionInvoked;
use crate::event::track_event::{Event, TrackEvent as _};
use crate::tracking::call_site::CallSite;
use crate::tracking::recorder::milliseconds;

/// The `type` of a tool that has no other.
const DEFAULT_TYPE: &str = "Tool Call";

/// Warns about calls outside any conversation.
static CALL_SITE: CallSite = CallSite::new("a tool call that an adapter reports");

/// A tool call that has not started.
///
/// When the call ends, Action Invoked is sent with `duration_ms`, `outcome`, and, if the call
/// failed, `error_type`.
#[must_use = "the call is reported only if it is started"]
pub struct ToolCall {
    r#type: Cow<'static, str>,
    action: Cow<'static, str>,
    properties: Vec<(Cow<'static, str>, SerializedValue)>,
}

impl ToolCall {
    /// Creates a call with a `type` and an `action`, for example `Inventory Request` and
    /// `check stock level`.
    pub fn new(r#type: impl Into<Cow<'static, str>>, action: impl Into<Cow<'static, str>>) -> Self {
        Self {
            r#type: r#type.into(),
            action: action.into(),
            properties: Vec::new(),
        }
    }

    /// Creates a call to the tool named `name`. The `type` is `Tool Call`, and the `action` is the
    /// name in words, as with attributes: `stock_level` becomes `stock level`.
    pub fn for_tool(name: &str) -> Self {
        Self::new(DEFAULT_TYPE, to_words(name))
    }

    /// Sets an additional property. A property with the same name that was set earlier is replaced.
    ///
    /// A value that fails to serialize makes the event invalid: the event is not sent, and the
    /// ledger counts it.
    pub fn property(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl PropertyValue,
    ) -> Self {
        let name = name.into();
        self.properties.retain(|(known, _)| *known != name);
        let value = SerializedValue::of_owned(value);
        self.properties.push((name, value));
        self
    }

    /// Starts the call in the current turn and reply.
    ///
    /// Outside any conversation, no event is sent. The call is counted in
    /// [`Ledger::out_of_scope`](crate::Ledger::out_of_scope), and one warning is logged.
    pub fn start(self) -> StartedToolCall {
        self.start_in(TurnScope::current().as_ref())
    }

    /// Starts the call in a given turn and reply. `None` has the same effect as
    /// [`start`](Self::start) outside any conversation.
    pub fn start_in(self, scope: Option<&TurnScope>) -> StartedToolCall {
        let Some(TurnScope(parent)) = scope else {
            CALL_SITE.count_out_of_scope();
            return StartedToolCall {
                scope: None,
                pending: None,
            };
        };
        if !parent.is_recording() {
            return StartedToolCall {
                scope: Some(Arc::clone(parent)),
                pending: None,
            };
        }
        let description = Arc::new(CallDescription::default());
        StartedToolCall {
            scope: Some(parent.for_call(Arc::clone(&description))),
            pending: Some(Box::new(PendingCall {
                description,
                report: CallReport {
                    parent: Arc::clone(parent),
                    call: self,
                    timestamp: parent.core().tracker().id_and_clock().now(),
                    started: Instant::now(),
                },
            })),
        }
    }
}

/// A tool call that has started. If it is dropped, the call was cancelled.
#[derive(Debug)]
#[must_use = "the call is reported as cancelled when it is dropped"]
pub struct StartedToolCall {
    /// The scope in which the tool runs.
    scope: Option<Arc<Scope>>,
    /// The event, or `None` if nothing is sent.
    pending: Option<Box<PendingCall>>,
}

struct PendingCall {
    /// What the attribute of the tool reports.
    description: Arc<CallDescription>,
    report: CallReport,
}

/// What the adapter reports.
struct CallReport {
    parent: Arc<Scope>,
    call: ToolCall,
    timestamp: SystemTime,
    started: Instant,
}

impl StartedToolCall {
    /// Returns a future that runs the tool: the turn and the reply of the call are current while it
    /// is polled. The first annotated tool in it describes this call instead of sending its own
    /// event.
    ///
    /// If the call belongs to no conversation, no turn is current in the future, even if the future
    /// is polled while another user's turn is current.
    pub fn run<F: Future>(&self, future: F) -> InTurn<F> {
        InTurn::exactly_in(future, self.scope.clone())
    }

    /// Calls a closure that runs the tool. This method is for synchronous code.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = current::enter_exactly(self.scope.clone());
        f()
    }

    /// Returns the scope in which the tool runs, so that another task can run the tool. Returns
    /// `None` outside any conversation.
    #[must_use]
    pub fn scope(&self) -> Option<TurnScope> {
        self.scope.clone().map(TurnScope)
    }

    /// Ends the call and sends Action Invoked.
    ///
    /// If an annotated tool in the call is still running, for example in a spawned task, its own
    /// event is sent in addition when it ends.
    pub fn finish(mut self, outcome: Outcome) {
        if let Some(pending) = self.pending.take() {
            pending.send(outcome.as_str(), outcome.into_error_type());
        }
    }

    /// Leaves the call to the background, for example to a task whose result the client polls.
    ///
    /// Action Invoked is sent as soon as nothing runs in the scope of the call any more. Bind the
    /// background work to the scope with [`in_current_turn`](crate::InCurrentTurn). If an annotated
    /// tool describes the call, the event has `duration_ms` and the `outcome` that the attribute
    /// records. Otherwise, the event has neither, because how the call ended is not known.
    pub fn detach(mut self) {
        if let Some(pending) = self.pending.take() {
            let PendingCall {
                description,
                report,
            } = *pending;
            description.report_when_dropped(move |description| report.send_detached(description));
        }
    }

    /// Ends the report of a call without an event. Use it for the first parts of a call that
    /// consists of several requests, if the last part is reported.
    pub fn discard(mut self) {
        if let Some(pending) = self.pending.take() {
            pending.description.end(LateEvent::Send);
        }
    }
}

impl Drop for StartedToolCall {
    fn drop(&mut self) {
        if let Some(pending) = self.pending.take() {
            let outcome = if std::thread::panicking() {
                PANICKED
            } else {
                CANCELLED
            };
            pending.send(outcome, None);
        }
    }
}

impl PendingCall {
    fn send(self, outcome: &'static str, error_type: Option<Cow<'static, str>>) {
        let late = match outcome {
            CANCELLED | PANICKED => LateEvent::Drop,
            _ => LateEvent::SendUnlessCancelled,
        };
        let description = self.description.end(late);
        self.report.send(description, outcome, error_type);
    }
}

impl CallReport {
    /// Sends the event of a call that has ended.
    fn send(
        mut self,
        description: Description,
        outcome: &'static str,
        error_type: Option<Cow<'static, str>>,
    ) {
        // The attribute knows the string from the application, and the adapter knows about failures
        // that are not errors of the function.
        let outcome = match description.outcome {
            Some(described) if outcome == "ok" || described != "ok" => described,
            _ => Cow::Borrowed(outcome),
        };
        let described_error = description.error_type.map(Cow::Borrowed);
        let is_error = outcome != "ok" && outcome != CANCELLED && outcome != PANICKED;
        let described_error = described_error.filter(|_| is_error);
        let duration = self.started.elapsed();
        let mut event = self
            .event(description.event)
            .property(DURATION_MS, milliseconds(duration))
            .property(OUTCOME, outcome);
        if let Some(error_type) = described_error.or(error_type) {
            event = event.property(ERROR_TYPE, error_type);
        }
        self.parent.track(event);
    }

    /// Sends the event of a call that continued in the background.
    fn send_detached(mut self, description: Description) {
        let is_described = description.event.is_some();
        let duration = self.started.elapsed();
        let mut event = self.event(description.event);
        if is_described {
            event = event.property(DURATION_MS, milliseconds(duration));
        }
        if let Some(outcome) = description.outcome {
            event = event.property(OUTCOME, outcome);
        }
        if let Some(error_type) = description.error_type {
            event = event.property(ERROR_TYPE, error_type);
        }
        self.parent.track(event);
    }

    /// Returns the event without its outcome. `described` is that of the annotated tool.
    fn event(&mut self, described: Option<Event>) -> Event {
        let call = &mut self.call;
        let event = described.unwrap_or_else(|| {
            let (r#type, action) = (call.r#type.clone(), call.action.clone());
            ActionInvoked::new(r#type, action).into_event()
        });
        let mut event = event.timestamp(self.timestamp);
        for (name, value) in std::mem::take(&mut call.properties) {
            if !event.has(&name) {
                event.set_json(name, value);
            }
        }
        event
    }
}

impl fmt::Debug for ToolCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolCall")
            .field("type", &self.r#type)
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PendingCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.call.fmt(f)
    }
}
