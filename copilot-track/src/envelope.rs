//! What travels to the delivery thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::SystemTime;

use segment::message::BatchMessage;

use crate::consent::Consent;
use crate::content::Content;
use crate::delivery::Letter;
use crate::event::{Event, TrackEvent as _};
use crate::fields::Fields;
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
    pub(crate) call: Call,
}

/// The kinds of call.
#[derive(Debug)]
pub(crate) enum Call {
    Track {
        identity: Arc<Identity>,
        event: Event,
        message_id: Option<MessageId>,
    },
    Identify {
        identity: Arc<Identity>,
        /// A JSON object, or the error that making one gave.
        traits: Result<String, String>,
    },
    /// Any call, as the application made it.
    Message(Box<BatchMessage>),
    /// A call that was made before, and comes back with its id and timestamp.
    Letter(Box<Letter>),
}

impl Envelope {
    /// Whom it is about; a message of the application's says that itself.
    pub(crate) fn identity(&self) -> Option<&Identity> {
        match &self.call {
            Call::Track { identity, .. } | Call::Identify { identity, .. } => Some(identity),
            Call::Message(_) | Call::Letter(_) => None,
        }
    }

    /// About how many bytes of memory it holds.
    pub(crate) fn size(&self) -> usize {
        // An event of the application's tells its size itself.
        let size = catch_unwind(AssertUnwindSafe(|| self.told_size()));
        size.unwrap_or(size_of::<Self>())
    }

    fn told_size(&self) -> usize {
        let call = match &self.call {
            Call::Track { event, .. } => event.size_hint(),
            Call::Identify { traits, .. } => traits.as_ref().map_or(0, String::len),
            Call::Message(message) => Fields::of(message).size(),
            Call::Letter(letter) => Fields::of(&letter.message).size(),
        };
        size_of::<Self>().saturating_add(call)
    }
}
