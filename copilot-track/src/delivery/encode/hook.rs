//! The application's last word on an event.

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

    /// Lets the hook see and change the event that stands at the end of `json`. A hook that
    /// panics fails closed: the event is not sent as it was.
    pub(crate) fn apply(
        &self,
        json: &mut Vec<u8>,
        start: usize,
    ) -> Result<BatchMessage, EncodeError> {
        let mut message = json
            .get(start..)
            .and_then(message::parse)
            .ok_or_else(|| EncodeError::invalid("it is no message that a hook could be shown"))?;
        let id = message::extra_mut(&mut message).get("messageId").cloned();
        let refused = |why: &str| EncodeError {
            reason: DropReason::Hook,
            message: why.to_owned(),
        };
        let mut message = catch_unwind(AssertUnwindSafe(|| (self.0)(message)))
            .map_err(|_| refused("the before_send hook panicked"))?
            .ok_or_else(|| refused("the before_send hook returned None"))?;
        // The envelope's id must stay the same through retries, whatever the hook does.
        let extra = message::extra_mut(&mut message);
        extra.insert("messageId".into(), id.unwrap_or_default());
        json.truncate(start);
        serde_json::to_writer(json, &message)
            .map_err(|error| EncodeError::invalid(format!("what before_send returned: {error}")))?;
        Ok(message)
    }
}

impl fmt::Debug for BeforeSend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BeforeSend")
    }
}
