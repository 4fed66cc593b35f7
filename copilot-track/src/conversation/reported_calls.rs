//! Tool calls that an adapter reports, so that annotated functions do not report them again.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::event::track_event::Event;

/// The flag of a call that no annotated function has described yet.
const UNDESCRIBED: u32 = 1;
/// The flag of a scope in which an adapter reports all calls.
const SUPPRESSED: u32 = 2;

/// Which tool calls in a scope an adapter reports.
#[derive(Debug, Default)]
pub(super) struct ReportedCalls {
    /// 0 if annotated functions send their own events, which is the common case. Otherwise, the
    /// flags above.
    state: AtomicU32,
    /// The call that runs in this scope, if the scope was created for a call.
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
pub(crate) struct CallDescription(Mutex<Description>);

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
                    && self.state.fetch_and(!UNDESCRIBED, Ordering::AcqRel) & UNDESCRIBED != 0 =>
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
}

impl CallDescription {
    /// Sets what an annotated function reports.
    pub(crate) fn set(
        &self,
        event: Event,
        outcome: Option<Cow<'static, str>>,
        error_type: Option<&'static str>,
    ) {
        *self.lock() = Description {
            event: Some(event),
            outcome,
            error_type,
        };
    }

    /// Takes what was set.
    pub(crate) fn take(&self) -> Description {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Description> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CallDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallDescription")
    }
}
