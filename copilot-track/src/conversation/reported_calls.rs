//! Tool calls that an adapter reports, so that annotated functions do not report them again.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::event::track_event::Event;

/// The flag of the scope of a call, until an annotated function has asked for the call.
const UNDESCRIBED: u32 = 1;
/// The flag of a scope in which an adapter reports all calls.
const SUPPRESSED: u32 = 2;

/// Which tool calls in a scope an adapter reports.
#[derive(Debug, Default)]
pub(super) struct ReportedCalls {
    /// 0 if annotated functions send their own events, which is the common case. Otherwise, the
    /// flags above.
    state: AtomicU32,
    /// The call that runs in this scope, if there is one.
    call: Option<Arc<CallDescription>>,
}

/// What happens with the event of an annotated tool.
#[derive(Debug)]
pub(crate) enum ToolReport {
    /// The event is sent.
    Own,
    /// An adapter reports the call. The event describes that call and is not sent.
    Describe(Arc<CallDescription>),
    /// An adapter reports the call, but it is not known which call this is. The event is not sent.
    Suppressed,
}

/// What the annotated function of a call adds to the event that an adapter sends.
#[derive(Default)]
pub(crate) struct CallDescription(Mutex<DescribedCall>);

#[derive(Default)]
struct DescribedCall {
    description: Description,
    /// Whether an annotated function describes the call.
    is_described: bool,
    /// What happens with events from now on, if the call was reported.
    ended: Option<LateEvent>,
    /// Reports the call when nothing runs in its scope any more.
    on_drop: Option<ReportCall>,
}

/// Reports a call with what its annotated function adds.
type ReportCall = Box<dyn FnOnce(Description) + Send>;

/// What happens with the event of an annotated tool that ends after its call was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LateEvent {
    /// The event is sent.
    Send,
    /// The event is sent, unless the tool was cancelled. In that case, the call was reported.
    SendUnlessCancelled,
    /// The event is not sent, because the call was reported as cancelled.
    Drop,
}

#[derive(Default)]
pub(crate) struct Description {
    /// The event of the annotated function.
    pub(crate) event: Option<Event>,
    /// The `outcome` that the attribute recorded.
    pub(crate) outcome: Option<Cow<'static, str>>,
    /// The `error_type` that the attribute recorded.
    pub(crate) error_type: Option<&'static str>,
}

impl ReportedCalls {
    /// Creates the state of the scope of a call.
    pub(super) fn of_call(call: Arc<CallDescription>) -> Self {
        Self {
            state: AtomicU32::new(UNDESCRIBED),
            call: Some(call),
        }
    }

    /// Creates the state of a scope in which an adapter reports all calls.
    pub(super) fn suppressed() -> Self {
        Self {
            state: AtomicU32::new(SUPPRESSED),
            call: None,
        }
    }

    /// Creates the state of a copy of the scope. The call is described once in both scopes.
    pub(super) fn of_copy(&self) -> Self {
        Self {
            state: AtomicU32::new(self.state.load(Ordering::Acquire)),
            call: self.call.clone(),
        }
    }

    /// Returns whether the same call, or none, runs in both scopes.
    pub(super) fn is_same_call(&self, other: &Self) -> bool {
        match (&self.call, &other.call) {
            (Some(call), Some(other)) => Arc::ptr_eq(call, other),
            (call, other) => call.is_none() && other.is_none(),
        }
    }

    /// Returns whether an adapter reports calls in this scope.
    #[inline]
    pub(super) fn is_active(&self) -> bool {
        self.state.load(Ordering::Relaxed) != 0
    }

    /// Returns what happens with the event of an annotated tool that starts now. The first tool in
    /// the scope of a call describes that call. Later ones send their own events.
    #[cold]
    pub(super) fn report(&self, is_same_conversation: bool) -> ToolReport {
        if self.is_suppressed() {
            return ToolReport::Suppressed;
        }
        match &self.call {
            Some(call)
                if is_same_conversation
                    && self.state.fetch_and(!UNDESCRIBED, Ordering::AcqRel) & UNDESCRIBED != 0
                    && call.begin_description() =>
            {
                ToolReport::Describe(Arc::clone(call))
            }
            _ => ToolReport::Own,
        }
    }

    /// Returns whether an adapter reports all calls in this scope.
    pub(super) fn is_suppressed(&self) -> bool {
        self.state.load(Ordering::Acquire) & SUPPRESSED != 0
    }

    /// Records that an adapter reports all calls in this scope.
    pub(super) fn suppress(&self) {
        self.state.fetch_or(SUPPRESSED, Ordering::AcqRel);
    }

    /// Records that annotated functions send their own events again.
    pub(super) fn allow(&self) {
        self.state.fetch_and(!SUPPRESSED, Ordering::AcqRel);
    }
}

impl CallDescription {
    /// Returns whether the caller describes the call, because no other function does.
    fn begin_description(&self) -> bool {
        !std::mem::replace(&mut self.lock().is_described, true)
    }

    /// Sets what an annotated function reports. Returns the event if the call was reported earlier
    /// and the event has to be sent.
    #[must_use]
    pub(crate) fn set(&self, description: Description, is_cancelled: bool) -> Option<Event> {
        let mut call = self.lock();
        let is_late = match call.ended {
            None => false,
            Some(LateEvent::Drop) => return None,
            Some(LateEvent::SendUnlessCancelled) if is_cancelled => return None,
            Some(LateEvent::Send | LateEvent::SendUnlessCancelled) => true,
        };
        if is_late {
            return description.event;
        }
        call.description = description;
        None
    }

    /// Takes what was set, so that the call can be reported.
    pub(crate) fn end(&self, late: LateEvent) -> Description {
        let mut call = self.lock();
        call.ended = Some(late);
        std::mem::take(&mut call.description)
    }

    /// Reports the call when nothing runs in its scope any more.
    pub(crate) fn report_when_dropped(&self, report: impl FnOnce(Description) + Send + 'static) {
        self.lock().on_drop = Some(Box::new(report));
    }

    fn lock(&self) -> MutexGuard<'_, DescribedCall> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CallDescription {
    fn drop(&mut self) {
        let call = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(report) = call.on_drop.take() {
            report(std::mem::take(&mut call.description));
        }
    }
}

impl fmt::Debug for CallDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallDescription")
    }
}
