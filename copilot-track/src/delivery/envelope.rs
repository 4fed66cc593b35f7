//! What travels to the delivery thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::SystemTime;

use segment::message::BatchMessage;

use crate::delivery::dead_letters::dead_letter::DeadLetter;
use crate::delivery::segment::fields::MessageFields;
use crate::event::ids::conversation_id::ConversationId;
use crate::event::ids::envelope_id::EnvelopeId;
use crate::event::ids::message_id::MessageId;
use crate::event::settings::Settings;
use crate::event::track_event::Payload;
use crate::event::user::User;
use crate::privacy::consent::Consent;
use crate::privacy::content::Content;

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

/// What many events in a row share. The queue keeps it once for them: counting a reference for each
/// event, here and on the delivery thread, would make both wait for the same cache line.
#[derive(Debug, Clone)]
pub(crate) struct EventContext {
    /// A message of the application's says that itself.
    pub(crate) identity: Option<Arc<Identity>>,
    pub(crate) message_id: Option<MessageId>,
}

/// The same, lent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventContextRef<'a> {
    pub(crate) identity: Option<&'a Arc<Identity>>,
    pub(crate) message_id: Option<&'a MessageId>,
}

impl<'a> EventContextRef<'a> {
    pub(crate) const NONE: Self = Self {
        identity: None,
        message_id: None,
    };

    /// Of a call that is about an identity, and no message.
    pub(crate) fn identity(identity: &'a Arc<Identity>) -> Self {
        Self {
            identity: Some(identity),
            message_id: None,
        }
    }

    pub(crate) fn to_owned(self) -> EventContext {
        EventContext {
            identity: self.identity.cloned(),
            message_id: self.message_id.cloned(),
        }
    }

    /// Whether it is the very same, which costs less to say than whether it is equal.
    pub(crate) fn is(self, context: &EventContext) -> bool {
        let same_identity = match (self.identity, &context.identity) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        same_identity && self.message_id == context.message_id.as_ref()
    }
}

impl EventContext {
    pub(crate) fn as_ref(&self) -> EventContextRef<'_> {
        EventContextRef {
            identity: self.identity.as_ref(),
            message_id: self.message_id.as_ref(),
        }
    }
}

/// One call of the tracking API, before it is JSON.
pub(crate) struct Envelope {
    /// Where there is none, one is drawn when it becomes JSON.
    pub(crate) id: Option<Box<EnvelopeId>>,
    pub(crate) timestamp: SystemTime,
    pub(crate) call: ApiCall,
}

/// The kinds of call.
pub(crate) enum ApiCall {
    Track {
        payload: Payload,
        settings: Option<Box<Settings>>,
    },
    /// The traits: a JSON object, or the error that making one gave.
    Identify(Result<Box<str>, Box<str>>),
    /// Any call, as the application made it.
    SegmentMessage(Box<BatchMessage>),
    /// A call that was made before, and comes back with its id and timestamp.
    DeadLetter(Box<DeadLetter>),
}

/// What the queue and the allocator keep beside each, about.
const PLACE: usize = 64;

impl Envelope {
    /// About how many bytes of memory it holds.
    pub(crate) fn size(&self) -> usize {
        // An event of the application's tells its size itself.
        let size = catch_unwind(AssertUnwindSafe(|| self.told_size()));
        size.unwrap_or(size_of::<Self>())
    }

    fn told_size(&self) -> usize {
        let call = match &self.call {
            ApiCall::Track { payload, settings } => {
                let settings = settings.as_ref().map_or(0, |settings| settings.size());
                payload.heap_size().saturating_add(settings)
            }
            ApiCall::Identify(traits) => traits.as_ref().map_or(0, |traits| traits.len()),
            ApiCall::SegmentMessage(message) => MessageFields::of(message).size(),
            ApiCall::DeadLetter(letter) => MessageFields::of(&letter.message).size(),
        };
        (size_of::<Self>() + PLACE).saturating_add(call)
    }
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The properties can hold what a customer said.
        f.debug_struct("Envelope")
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}
