//! The `before_send` hook.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use segment::message::BatchMessage;

use crate::delivery::encode::error::EncodeError;
use crate::delivery::segment::message;
use crate::ledger::drop_reason::DropReason;

/// A `before_send` hook.
#[derive(Clone)]
pub(crate) struct BeforeSend(Arc<Hook>);

type Hook = dyn Fn(BatchMessage) -> Option<BatchMessage> + Send + Sync;

impl BeforeSend {
    pub(crate) fn new(
        hook: impl Fn(BatchMessage) -> Option<BatchMessage> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(hook))
    }

    /// Calls the hook with the event that starts at `start`. Replaces the event's JSON with the
    /// message that the hook returns, and returns this message. The message keeps the event's
    /// envelope id.
    ///
    /// # Errors
    /// Returns an error if the hook returns `None` or panics, or if the event or the returned
    /// message is not valid. The event must then be dropped.
    pub(crate) fn apply(
        &self,
        json: &mut Vec<u8>,
        start: usize,
    ) -> Result<BatchMessage, EncodeError> {
        let mut message = json.get(start..).and_then(message::parse).ok_or_else(|| {
            EncodeError::invalid("it is not a valid message of the `segment` crate")
        })?;
        let id = message::extra_mut(&mut message).get("messageId").cloned();
        let dropped = |message: &str| EncodeError {
            reason: DropReason::Hook,
            message: message.to_owned(),
        };
        let mut message = catch_unwind(AssertUnwindSafe(|| (self.0)(message)))
            .map_err(|_| dropped("the before_send hook panicked"))?
            .ok_or_else(|| dropped("the before_send hook returned None"))?;
        // The hook must not change the envelope id.
        let extra = message::extra_mut(&mut message);
        extra.insert("messageId".into(), id.unwrap_or_default());
        json.truncate(start);
        serde_json::to_writer(json, &message).map_err(|error| {
            EncodeError::invalid(format!(
                "the message that the before_send hook returned cannot be serialized: {error}"
            ))
        })?;
        Ok(message)
    }
}

impl fmt::Debug for BeforeSend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BeforeSend")
    }
}
