//! What a tracker adds to each event on the caller's thread.

use std::fmt;
use std::sync::Arc;

use crate::event::context::event_context::Context;
use crate::util::caught_drop::CaughtDrop;
use crate::util::reentrancy;

/// What a tracker adds to each event on the caller's thread.
#[derive(Debug, Default)]
pub(crate) struct EventDefaults {
    pub(crate) context: Option<Arc<Context>>,
    pub(crate) trace_id: Option<TraceIdSource>,
}

/// The application's closure that returns the id of the current trace.
pub(crate) struct TraceIdSource(CaughtDrop<Box<TraceId>>);

type TraceId = dyn Fn() -> Option<String> + Send + Sync;

impl TraceIdSource {
    pub(crate) fn new(source: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        Self(CaughtDrop::new(Box::new(source)))
    }

    /// Returns the id of the current trace. A panic has the same effect as `None`. Events that the
    /// closure tracks are dropped, because each of them would call the closure again.
    pub(super) fn current(&self) -> Option<Box<str>> {
        let id = reentrancy::call(|| self.0.get().and_then(|source| source()));
        id.flatten()
            .filter(|id| !id.is_empty() && id.len() <= MAX_TRACE_ID_BYTES)
            .map(String::into_boxed_str)
    }
}

/// The maximum size of a trace id in bytes. A longer id is not sent. An id of OpenTelemetry has 32
/// hexadecimal digits.
const MAX_TRACE_ID_BYTES: usize = 256;

impl fmt::Debug for TraceIdSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TraceIdSource")
    }
}
