//! What travels to the delivery thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::SystemTime;

use crate::consent::Consent;
use crate::content::Content;
use crate::event::{Event, TrackEvent as _};
use crate::ids::{ConversationId, EnvelopeId, MessageId};
use crate::user::User;

/// Whom an event is about, and what may be told of it, as it was when the event happened.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) user: User,
    pub(crate) conversation: Option<ConversationId>,
    /// The conversation's own; the tracker's may be stricter.
    pub(crate) content: Content,
    pub(crate) consent: Option<Consent>,
}

impl Identity {
    pub(crate) fn new(user: User, conversation: Option<ConversationId>) -> Self {
        Self {
            user,
            conversation,
            content: Content::default(),
            consent: None,
        }
    }
}

/// One call of the tracking API, before it is JSON.
#[derive(Debug)]
pub(crate) struct Envelope {
    pub(crate) id: EnvelopeId,
    pub(crate) timestamp: SystemTime,
    pub(crate) identity: Arc<Identity>,
    pub(crate) call: Call,
}

/// The kinds of call.
#[derive(Debug)]
pub(crate) enum Call {
    Track {
        event: Event,
        message_id: Option<MessageId>,
    },
    /// Traits are a JSON object, or the error that making one gave.
    Identify { traits: Result<String, String> },
}

impl Envelope {
    /// About how many bytes of memory it holds.
    pub(crate) fn size(&self) -> usize {
        // An event of the application's tells its size itself.
        let size = catch_unwind(AssertUnwindSafe(|| self.told_size()));
        size.unwrap_or(size_of::<Self>())
    }

    fn told_size(&self) -> usize {
        let call = match &self.call {
            Call::Track { event, .. } => event.size_hint(),
            Call::Identify { traits } => traits.as_ref().map_or(0, String::len),
        };
        size_of::<Self>().saturating_add(call)
    }
}
