//! The `before_send` hook.

use std::fmt;
use std::sync::Arc;

use segment::message::BatchMessage;
use serde_json::Value;

use crate::delivery::encode::error::EncodeError;
use crate::delivery::segment::message::{self, ParsedMessage};
use crate::delivery::segment::nesting::Nested as _;
use crate::ledger::drop_reason::DropReason;
use crate::util::caught_drop::CaughtDrop;
use crate::util::panics;

/// A `before_send` hook.
#[derive(Clone)]
pub(crate) struct BeforeSend(Arc<CaughtDrop<Box<Hook>>>);

type Hook = dyn Fn(BatchMessage) -> Option<BatchMessage> + Send + Sync;

impl BeforeSend {
    pub(crate) fn new(
        hook: impl Fn(BatchMessage) -> Option<BatchMessage> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(CaughtDrop::new(Box::new(hook))))
    }

    /// Calls the hook with an event. Returns two values: the hook's message, with the envelope id
    /// of the event, and the numbers that the event contained before the call. If the message has
    /// no timestamp, it gets the event's timestamp.
    ///
    /// # Errors
    /// Returns an error if the hook returns `None` or panics, or if its message is nested too
    /// deeply. The caller must then drop the event.
    pub(crate) fn call(&self, json: &[u8]) -> Result<ParsedMessage, EncodeError> {
        let ParsedMessage {
            mut message,
            numbers,
        } = message::parse(json).ok_or_else(EncodeError::not_a_message)?;
        let id = message::extra_mut(&mut message).get("messageId").cloned();
        let timestamp = *message::timestamp_mut(&mut message);
        let dropped = |message: &str| EncodeError {
            reason: DropReason::Hook,
            ..EncodeError::invalid(message)
        };
        let message = panics::catch(|| self.0.get().and_then(|hook| hook(message)))
            .ok_or_else(|| dropped("the before_send hook panicked"))?
            .ok_or_else(|| dropped("the before_send hook returned None"))?;
        let mut message = message.check_depth().map_err(Self::invalid)?;
        // The hook must not change the envelope id.
        let extra = message::extra_mut(&mut message);
        extra.insert("messageId".into(), id.unwrap_or_default());
        if extra.get("timestamp").is_none_or(Value::is_null) {
            // Otherwise, the message would get the current time.
            let own = message::timestamp_mut(&mut message);
            *own = own.or(timestamp);
        }
        Ok(ParsedMessage { message, numbers })
    }

    /// Returns the error for an invalid message from the hook.
    pub(crate) fn invalid(error: impl fmt::Display) -> EncodeError {
        EncodeError::invalid(format!(
            "the message that the before_send hook returned is invalid: {error}"
        ))
    }
}

impl fmt::Debug for BeforeSend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BeforeSend")
    }
}
